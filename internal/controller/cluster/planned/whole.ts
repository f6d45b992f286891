import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds } from '../../../time/units.ts';
import { barsPod } from '../failover/user-fence.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';
import type { HoldReason } from './step.ts';

/** What keeps an instance from being counted on, and whether that passes by itself. */
export interface Lack {
  readonly reason: Extract<HoldReason, 'OnItsWay' | 'NotInSync'>;
  readonly because: string;
  /** A pod made anew might mend it: it answers, and neither takes over the data nor is kept from it by the user. */
  readonly mendable?: boolean;
}

/**
 * A Redis that has not answered its own manager for so long is not counted on: an answer takes it a tenth of a
 * millisecond, and each question to the manager makes it ask anew and wait for 250 ms.
 */
export const redisPatience = milliseconds(1000);

/** What keeps the primary from being counted on; undefined when it serves in its term, confirmed and not fenced. */
export function lackOfPrimary(tenure: HeldTenure, view: ClusterView): Lack | undefined {
  const { target, term, current, fencedFor, targetUID } = tenure;
  const instance = view.instances.get(target);
  const pod = instance?.pod;
  const report = reportOf(instance);
  const appointed = targetUID === undefined || pod?.uid === targetUID;
  const serves = report?.role === 'primary' && report.term === term && appointed;
  if (!serves || current !== target || fencedFor !== undefined) {
    return { reason: 'OnItsWay', because: `the primary ${target} has yet to take writes` };
  }
  return undefined;
}

/** What keeps a replica from taking over at any moment; undefined when it is ready and in sync with the tenure's primary. */
export function lackOfReplica(
  instance: InstanceView,
  tenure: HeldTenure,
  view: ClusterView,
): Lack | undefined {
  const { name, pod } = instance;
  if (pod === undefined) return onItsWay(`${name} is being made`);
  if (pod.owner !== 'ours') return notInSync(`the pod ${name} is not of this cluster`);
  if (pod.deleting) return onItsWay(`${name} is being ended`);
  if (pod.trouble !== undefined) return notInSync(`${name} does not run: ${pod.trouble.reason}`);
  const lack = lackOfLink(instance, tenure, view);
  if (lack !== undefined) return lack;
  return pod.ready ? undefined : onItsWay(`${name} is not ready yet`);
}

/** What keeps one of these from taking over, told of the one that was heard of least first. */
export function firstLack(
  instances: readonly InstanceView[],
  tenure: HeldTenure,
  view: ClusterView,
): Lack | undefined {
  const lacks = instances.flatMap((instance) => lackOfReplica(instance, tenure, view) ?? []);
  return lacks.find(({ reason }) => reason === 'NotInSync') ?? lacks[0];
}

/** The same by the word of the instance alone, whatever Kubernetes thinks of its pod. */
export function lackOfLink(instance: InstanceView, tenure: HeldTenure, view: ClusterView): Lack | undefined {
  const { name, pod, lastReport } = instance;
  const report = reportOf(instance);
  if (report !== undefined) return lackIn(report, tenure, view);
  const heard = lastReport !== undefined && lastReport.podUID === pod?.uid;
  return heard ? notInSync(`${name} does not answer`) : onItsWay(`${name} is starting`);
}

function lackIn(report: InstanceReport, { term, target }: HeldTenure, view: ClusterView): Lack | undefined {
  const name = report.pod;
  if (isFenced(report, view)) return notInSync(`the user has fenced ${name}`);
  const { process, upstream, syncedTerm } = report;
  if (process.state === 'loading' || process.state === 'starting') {
    return onItsWay(`${name} is ${process.state}`);
  }
  if (process.state !== 'running') return mendable(`the Redis of ${name} is ${process.state}`);
  if ((report.answeredMsAgo ?? 0) >= redisPatience) {
    return notInSync(`the Redis of ${name} does not answer`);
  }
  if (report.syncRefused !== undefined) {
    return mendable(`${name} cannot take over the data of ${target}: ${report.syncRefused}`);
  }
  const inSync = upstream?.pod === target && upstream.linkUp && upstream.inSync && syncedTerm === term;
  if (inSync) return report.closed ? onItsWay(`${name} has just handed over`) : undefined;
  return upstream?.syncInProgress === true
    ? onItsWay(`${name} is synchronising with ${target}`)
    : mendable(`${name} is not in sync with ${target}`);
}

const isFenced = (report: InstanceReport, { userFence }: ClusterView): boolean =>
  report.fencedByUser || barsPod(userFence, report.pod);

const onItsWay = (because: string): Lack => ({ reason: 'OnItsWay', because });
const notInSync = (because: string): Lack => ({ reason: 'NotInSync', because });
const mendable = (because: string): Lack => ({ reason: 'NotInSync', because, mendable: true });
