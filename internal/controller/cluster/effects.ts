import { Annotation, leaderService } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError } from '../../errors.ts';
import { services } from '../../kube/resources.ts';
import { type Duration, milliseconds } from '../../time/units.ts';
import { forAtMost } from '../../time/within.ts';
import type { Appoint, FailoverStep } from './failover/step.ts';
import { isAlone } from './failover/verdict.ts';
import type { GrantedTenure, InstanceCommand, InstanceTarget, Ports } from './ports.ts';
import { withSpecHash } from './resources/desired-objects.ts';
import { buildLeaderService } from './resources/services.ts';
import { type ClusterView, reportOf } from './view.ts';

/** No effect is waited for longer: instances read the record themselves, and objects are applied anew in later ticks. */
const effectLimit: Duration = milliseconds(500);
/** How long a successor is waited for before anything else is done: some times what it takes (3 to 6 ms were measured). */
const promotionTakes: Duration = milliseconds(20);

interface Recorded {
  /** The cluster with the step in its record, or with the offer that it takes up. */
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
}

/** Makes quick what the record has made true. Everything in parallel; nothing of it can fail the tick. */
export async function carryOut(
  step: FailoverStep,
  { cluster, view, begun }: Recorded & { readonly begun: Begun | undefined },
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const resourceVersion = cluster.metadata.resourceVersion ?? '';
  const tell = async (pod: string, command: InstanceCommand): Promise<void> => {
    const target = targetIn(view, pod);
    if (target !== undefined) await ports.instances.command(cluster, target, command, signal);
  };
  switch (step.kind) {
    case 'hold':
    case 'confirm':
    case 'reinstate':
      return;
    case 'fence':
      // It may well be lost on its way: nothing waits for it.
      void tell(step.pod, { kind: 'fence', resourceVersion, ...tenureIn(cluster) });
      return;
    case 'prepare': {
      const { term, pods } = step;
      await Promise.all(pods.map((pod) => tell(pod, { kind: 'prepare', term })));
      return;
    }
    case 'appoint': {
      ports.instances.grant(cluster, undefined);
      // The promotion first: clients wait for that one.
      const { promoted, moved } = begun ?? {
        promoted: promote(step, { cluster, view }, ports, signal),
        moved: leadClients(step, cluster, ports, signal),
      };
      const told = followersOf(step, view, resourceVersion).map(([pod, command]) => tell(pod, command));
      // No sooner: a question to it would take the connection that stands, and the command wait for another.
      const granted = promoted.then(() =>
        ports.instances.grant(cluster, grantedTo(step.pod, step.term, view)),
      );
      await Promise.all([granted, moved, ...told]);
    }
  }
}

/** What makes a successor the primary for its clients, under way. Neither ever rejects. */
export interface Begun {
  readonly promoted: Promise<void>;
  readonly moved: Promise<void>;
}

/**
 * Begins with the effects of an appointment before its record. Only where the term was offered on record, and the primary before
 * has released its own: then nobody else can ever be appointed in it, and nobody else takes writes. Resolves once the successor
 * serves, or is late: until then the processors are for that alone.
 */
export async function begin(
  step: Appoint,
  recorded: Recorded,
  ports: Ports,
  signal: AbortSignal,
): Promise<Begun> {
  const promoted = promote(step, recorded, ports, signal);
  await forAtMost(promotionTakes, promoted, ports.clock);
  return { promoted, moved: leadClients(step, recorded.cluster, ports, signal) };
}

async function promote(
  { pod, term, run }: Appoint,
  { cluster, view }: Recorded,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const [target, report] = [targetIn(view, pod), reportOf(view.instances.get(pod))];
  // Whoever's Redis has ended reads the record when it starts again: its answer would be waited for meanwhile.
  if (target === undefined || report?.process.state !== 'running') return;
  const { resourceVersion = '' } = cluster.metadata;
  const instances = Math.max(view.wantedInstances, view.instances.size);
  const order = { kind: 'promote', term, run, asOf: report.clock, resourceVersion, instances } as const;
  const { phases } = ports.memory.of(cluster.metadata);
  await phases.during('promote', ports.instances.command(cluster, target, order, signal));
}

/**
 * Tells whoever is about to be appointed, so that its disk is not waited for later. Where nothing comes of it it has no
 * effect, so it need not be recorded before. Nobody waits for the answer.
 */
export function nominate(
  { pod, term }: Appoint,
  { cluster, view }: Recorded,
  ports: Ports,
  signal: AbortSignal,
): void {
  const target = targetIn(view, pod);
  if (target !== undefined) void ports.instances.command(cluster, target, { kind: 'nominate', term }, signal);
}

const tenureIn = ({ status }: RedisCluster): { readonly term: number; readonly run: string | undefined } => ({
  term: status?.term ?? 0,
  run: status?.targetPrimaryRun,
});

/** Who may be granted the lease while this record stands: nobody in a cluster of one, which needs none. */
export function grantedBy(view: ClusterView): GrantedTenure | undefined {
  const { tenure, instances } = view;
  if (tenure.kind !== 'held' || tenure.fencedFor !== undefined) return undefined;
  const pod = instances.get(tenure.target)?.pod;
  if (tenure.targetUID !== undefined && pod?.uid !== tenure.targetUID) return undefined;
  return grantedTo(tenure.target, tenure.term, view);
}

function grantedTo(pod: string, term: number, view: ClusterView): GrantedTenure | undefined {
  const target = targetIn(view, pod);
  return target === undefined || isAlone(view) ? undefined : { pod, podUID: target.uid, ip: target.ip, term };
}

export function targetIn(view: ClusterView, name: string): InstanceTarget | undefined {
  const pod = view.instances.get(name)?.pod;
  return pod?.owner === 'ours' && pod.ip !== undefined ? { pod: name, uid: pod.uid, ip: pod.ip } : undefined;
}

/** Whoever's Redis has ended reads the record when it starts again. */
function followersOf(
  { pod: primary, term, run }: Appoint,
  view: ClusterView,
  resourceVersion: string,
): readonly (readonly [string, InstanceCommand])[] {
  const address = targetIn(view, primary)?.ip;
  return [...view.instances].flatMap(([name, instance]): readonly (readonly [string, InstanceCommand])[] => {
    const runs = reportOf(instance)?.process.state === 'running';
    if (name === primary || !runs || address === undefined) return [];
    return [[name, { kind: 'follow', term, run, primary, address, resourceVersion }]];
  });
}

/** Nobody else does it, while instances hear of their appointment from the API server as well. */
async function leadClients(
  { pod }: Appoint,
  cluster: RedisCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const { phases } = ports.memory.of(cluster.metadata);
  await phases.during('route', moveLeaderService(cluster, pod, ports, signal));
}

/** The one write that moves every client. It leaves the Service just as applying all of it would. */
async function moveLeaderService(
  cluster: RedisCluster,
  pod: string,
  { kube, clock, log }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace } = cluster.metadata;
  const { metadata, spec } = withSpecHash(buildLeaderService(cluster, pod));
  const annotations = { [Annotation.specHash]: metadata.annotations?.[Annotation.specHash] };
  const change = { metadata: { annotations }, spec: { selector: spec?.selector } };
  try {
    const key = { namespace, name: leaderService(name) };
    await kube.patch(services, key, change, clock.deadline(effectLimit, signal));
  } catch (failure) {
    // It is not there yet, or the API server is slow: the next tick applies it.
    log.info('the leader Service was not moved at once', {
      cluster: name,
      namespace,
      because: describeError(failure),
    });
  }
}
