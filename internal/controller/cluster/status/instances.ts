import type { InstanceStatus, RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import { instant, toRfc3339 } from '../../../time/units.ts';
import { namesPod } from '../failover/user-fence.ts';
import { present } from '../resources/present.ts';
import { type ClusterView, type InstanceView, shownReportOf } from '../view.ts';
import { bounded } from './bounded.ts';

type InstancesStatus = NonNullable<RedisClusterStatus['instancesStatus']>;

/** One entry a pod that exists. The address is what the other instances find it by. */
export function instancesStatus(view: ClusterView, previous: InstancesStatus): InstancesStatus {
  const entries = [...view.instances.values()]
    .filter(({ pod }) => pod?.owner === 'ours')
    .map((instance) => [instance.name, entryOf(instance, previous[instance.name], view)] as const);
  return Object.fromEntries(entries);
}

function entryOf(
  instance: InstanceView,
  before: InstanceStatus | undefined,
  view: ClusterView,
): InstanceStatus {
  const { pod } = instance;
  const fenced = namesPod(view.userFence, instance.name) ? true : undefined;
  const where = { podUID: pod?.uid, ip: pod?.ip, fenced };
  const report = shownReportOf(instance);
  if (report === undefined) {
    return present<InstanceStatus>({
      ...where,
      role: 'unknown',
      connected: false,
      inSync: false,
      version: before?.version,
      divergentData: before?.divergentData,
      lastSeenAt: before?.lastSeenAt,
      configReloadedAt: before?.configReloadedAt,
      passwordTakenAt: before?.passwordTakenAt,
    });
  }
  return present<InstanceStatus>({
    ...where,
    role: report.role,
    connected: true,
    inSync: report.role === 'primary' || report.upstream?.inSync === true,
    replicationOffset: report.offset,
    replicaLagBytes: report.upstream?.lagBytes,
    masterLinkStatus: linkStatus(report.upstream),
    version: report.engine === undefined ? undefined : `${report.engine.name} ${report.engine.version}`,
    // Where it lies is told for as long as there is nothing newer to tell.
    divergentData: divergentData(report) ?? before?.divergentData,
    lastSeenAt: toRfc3339(view.now),
    configReloadedAt: told(report.settingsSetAt) ?? before?.configReloadedAt,
    passwordTakenAt: told(report.passwordTakenAt) ?? before?.passwordTakenAt,
  });
}

/** What was done before its manager started is known from the status alone. */
const told = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : toRfc3339(instant(at));

/** An error's words may be longer than the schema lets through, and a status that is refused is refused for good. */
function divergentData({ divergent }: InstanceReport): InstanceStatus['divergentData'] {
  if (divergent === undefined) return undefined;
  return { kept: divergent.kept, message: bounded(divergent.message) };
}

function linkStatus(upstream: { readonly linkUp: boolean } | undefined): 'up' | 'down' | undefined {
  if (upstream === undefined) return undefined;
  return upstream.linkUp ? 'up' : 'down';
}
