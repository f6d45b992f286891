import type { Obstacle } from '../status/build.ts';
import { type ClusterView, type InstanceView, reportOf } from '../view.ts';

/**
 * Why no instance is made beside the primary yet; undefined when some may be, or nothing is to join. A primary that knows of
 * nobody else takes writes without a lease (docs/failover.md), so that nobody may ever be appointed over its silence: it
 * must have said that it knows better before there is anybody who could be (invariant I1). Its word holds, since what makes it
 * alone again is a status that speaks of no other pod.
 */
export function whyNobodyJoins(view: ClusterView): string | undefined {
  const { tenure, instances, wantedInstances } = view;
  if (tenure.kind !== 'held' || wantedInstances === 1 || tenure.ended !== undefined) return undefined;
  const primary = instances.get(tenure.target);
  const others = [...instances.values()].some(({ name, pod }) => name !== tenure.target && pod !== undefined);
  if (primary === undefined || others || !mayRun(primary)) return undefined;
  const report = reportOf(primary) ?? primary.lastReport;
  if (report !== undefined && report.alone !== true) return undefined;
  return `${tenure.target} has yet to say that it knows of other instances: until then it needs no lease`;
}

/** The container of a pod that is pending has not begun; a node that is out of service runs nothing. */
const mayRun = ({ pod }: InstanceView): boolean => pod?.phase === 'Running' && !pod.node.outOfService;

/** The same, for people: it takes milliseconds, unless the primary does not reach the API server. */
export function joiningBlocked(view: ClusterView): readonly Obstacle[] {
  const message = view.deleting ? undefined : whyNobodyJoins(view);
  return message === undefined ? [] : [{ reason: 'JoiningBlocked', message }];
}
