import type { RedisCluster, RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import type { Tenure } from '../../../api/v1/tenure.ts';
import { redisClusters } from '../../kube/resources.ts';
import { toRfc3339 } from '../../time/units.ts';
import type { Appoint, FailoverStep } from './failover/step.ts';
import { happeningsBetween, happeningsOf } from './happenings.ts';
import type { Ports } from './ports.ts';
import { present } from './resources/present.ts';
import { bounded } from './status/bounded.ts';
import { instancesStatus } from './status/instances.ts';
import { type ClusterView, reportOf } from './view.ts';

/** A merge patch: null takes a field away. */
type StatusPatch = { readonly [Field in keyof RedisClusterStatus]?: RedisClusterStatus[Field] | null };

/**
 * Writes what the step changes in the tenure, and nothing else, on the version that it was decided on: whoever decided on
 * an older one is refused with a conflict. Resolves to the cluster as it is then. This comes before any effect (I2).
 */
export async function record(
  step: FailoverStep,
  { cluster, view }: { readonly cluster: RedisCluster; readonly view: ClusterView },
  ports: Ports,
  signal: AbortSignal,
): Promise<RedisCluster> {
  const status = patchFor(step, cluster, view);
  if (status === undefined) return cluster;
  const recorded = await write(status, cluster, ports, signal);
  const { phases } = ports.memory.of(cluster.metadata);
  if (step.kind === 'appoint') phases.ended('record');
  if (step.kind === 'confirm') phases.ended('confirm');
  narrate(step, cluster, ports);
  return recorded;
}

/** Resolves to the cluster as it is then. */
async function write(
  status: StatusPatch,
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<RedisCluster> {
  const { name, namespace, resourceVersion } = cluster.metadata;
  const change = { metadata: { resourceVersion }, status: overwriting(status, cluster.status) };
  const written = await ports.kube.patchStatus(redisClusters, { namespace, name }, change, signal);
  const version = written.metadata.resourceVersion;
  ports.memory.of(cluster.metadata).wrote(version);
  const recorded = { ...cluster, status: patched(cluster.status ?? {}, status) };
  return version === undefined
    ? recorded
    : { ...recorded, metadata: { ...cluster.metadata, resourceVersion: version } };
}

/** Makes Events of what was recorded. The instances are told first: clients wait for them. */
export function announce(
  step: FailoverStep,
  { before, recorded }: { readonly before: RedisCluster; readonly recorded: RedisCluster },
  ports: Ports,
): void {
  if (recorded === before) return;
  const { lengths } = ports.memory.of(before.metadata).phases;
  for (const happening of [
    ...happeningsOf(step, before.status),
    ...happeningsBetween(before.status, recorded.status, lengths),
  ]) {
    ports.events.record(before, happening);
  }
}

/**
 * Writes whom the next term is offered to, on the version that this was decided on: from then on the primary may be asked to
 * release its own to that one, and no other. Resolves to the cluster as it is then.
 */
export async function recordOffer(
  { pod, podUID, run, term, switchover }: Appoint,
  { cluster, view }: { readonly cluster: RedisCluster; readonly view: ClusterView },
  ports: Ports,
  signal: AbortSignal,
): Promise<RedisCluster> {
  const because = switchover === undefined ? undefined : bounded(switchover.because);
  const handover = present<Offered>({ term, to: pod, toUID: podUID, toRun: run, because });
  return await write({ handover, ...addressOf(pod, cluster, view) }, cluster, ports, signal);
}

type Offered = NonNullable<RedisClusterStatus['handover']>;

export interface Refused {
  readonly from: string;
  readonly because: string;
  readonly refused: string;
  readonly to?: string | undefined;
  readonly requested?: string | undefined;
  /** The term that the primary has promised not to hand over to; undefined where none was offered. */
  readonly recalled?: number | undefined;
}

/** Writes that the primary goes on, and why, on the version that this was decided on. */
export async function recordRefusal(
  { from, because, refused, to, requested, recalled }: Refused,
  { cluster, view }: { readonly cluster: RedisCluster; readonly view: ClusterView },
  ports: Ports,
  signal: AbortSignal,
): Promise<RedisCluster> {
  const at = toRfc3339(view.now);
  const account = { at, from, because: bounded(because), refused: bounded(refused) };
  const answer = requested === undefined ? {} : { switchoverAnswered: requested };
  const offer = recalled === undefined ? {} : { handover: { term: recalled } };
  const status = { ...answer, ...offer, lastSwitchover: present<LastSwitchover>({ ...account, to }) };
  const { name, namespace } = cluster.metadata;
  ports.log.warn('a switchover was refused', { cluster: name, namespace, to, because, refused });
  return await write(status, cluster, ports, signal);
}

type LastSwitchover = NonNullable<RedisClusterStatus['lastSwitchover']>;

/** A merge patch leaves what it does not name: what lies there from before, and is not in what is written, is taken away. */
function overwriting(status: StatusPatch, before: RedisClusterStatus | undefined): object {
  const accounts = (['lastFailover', 'lastSwitchover', 'handover'] as const).flatMap((field) => {
    const [account, former] = [status[field], before?.[field] ?? {}];
    if (account === undefined || account === null) return [];
    const cleared = Object.fromEntries(Object.keys(former).map((key) => [key, null]));
    return [[field, { ...cleared, ...account }] as const];
  });
  return { ...status, ...Object.fromEntries(accounts) };
}

function patchFor(step: FailoverStep, cluster: RedisCluster, view: ClusterView): StatusPatch | undefined {
  switch (step.kind) {
    case 'hold':
    case 'prepare':
      return undefined;
    case 'fence':
      return { primaryFencedSince: toRfc3339(view.now) };
    case 'reinstate':
      return { primaryFencedSince: null };
    case 'confirm':
      return { currentPrimary: step.pod, primarySince: toRfc3339(view.now) };
    case 'appoint':
      return {
        term: step.term,
        targetPrimary: step.pod,
        targetPrimaryUID: step.podUID,
        targetPrimaryRun: step.run ?? null,
        targetPrimaryGrant: grantFor(step, view),
        primaryFencedSince: null,
        ...(cluster.status?.handover === undefined ? {} : { handover: null }),
        ...lastFailover(step, view),
        ...lastSwitchover(step, view),
        ...addressOf(step.pod, cluster, view),
      };
  }
}

/** Down to a whole millisecond: a lease that begins earlier ends earlier. */
function grantFor(
  { pod, term }: Appoint,
  { instances }: ClusterView,
): NonNullable<Tenure['targetPrimaryGrant']> | null {
  const report = reportOf(instances.get(pod));
  return report === undefined ? null : { term, asOf: Math.max(0, Math.floor(report.clock)) };
}

function lastFailover({ pod, failover }: Appoint, view: ClusterView): StatusPatch {
  if (failover === undefined) return {};
  const { from, because, loss } = failover;
  const bound = loss.atMost === undefined ? {} : { lostBytesUpperBound: loss.atMost };
  return {
    lastFailover: {
      at: toRfc3339(view.now),
      from,
      to: pod,
      because: bounded(because),
      ...bound,
      lostBytesBecause: bounded(loss.because),
    },
  };
}

function lastSwitchover({ pod: to, term, switchover }: Appoint, view: ClusterView): StatusPatch {
  if (switchover === undefined) return {};
  const { from, because, requested } = switchover;
  const account = { at: toRfc3339(view.now), from, to, because: bounded(because), term };
  const answer = requested === undefined ? {} : { switchoverAnswered: requested };
  return { phase: 'SwitchingOver', ...answer, lastSwitchover: account };
}

/** The others find the primary by the address in status: it is written along where it is not there yet. */
function addressOf(pod: string, cluster: RedisCluster, view: ClusterView): StatusPatch {
  const before = cluster.status?.instancesStatus ?? {};
  const entry = instancesStatus(view, before)[pod];
  const known = before[pod]?.ip === entry?.ip && before[pod]?.podUID === entry?.podUID;
  return entry === undefined || known ? {} : { instancesStatus: { [pod]: entry } };
}

function patched(before: RedisClusterStatus, change: StatusPatch): RedisClusterStatus {
  const { instancesStatus: entries, ...fields } = change;
  const all = entries ? { instancesStatus: { ...before.instancesStatus, ...entries } } : {};
  const merged = Object.entries({ ...before, ...fields, ...all });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as RedisClusterStatus;
}

function narrate(step: FailoverStep, { metadata }: RedisCluster, { log }: Ports): void {
  const pod = 'pod' in step ? step.pod : undefined;
  const term = 'term' in step ? step.term : undefined;
  const { name, namespace } = metadata;
  log.info(step.kind, { cluster: name, namespace, pod, term, because: step.because });
}
