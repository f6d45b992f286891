import {
  type Parsed,
  type Problem,
  parseRedisCluster,
  parseRedisClusterSpec,
  type RedisCluster,
} from '../../../api/v1/redis-cluster.ts';
import { commitLimit } from '../../control/switchover.ts';
import { hasCode } from '../../kube/errors.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import { redisClusters, type StoredCluster } from '../../kube/resources.ts';
import { type Duration, type Moment, milliseconds, moment, seconds } from '../../time/units.ts';
import { heal } from './act.ts';
import { applyAll } from './apply-all.ts';
import { begin, carryOut, grantedBy, nominate } from './effects.ts';
import { decideFailover } from './failover/decide.ts';
import { type Appoint, type FailoverStep, type Hold, hold } from './failover/step.ts';
import { growClaims } from './grow.ts';
import { arrange } from './hand-over.ts';
import { decideHealing } from './healing/decide.ts';
import { joiningBlocked } from './healing/joining.ts';
import { strangersIn, whyNotTakenOver } from './healing/take-over.ts';
import { observe } from './observe.ts';
import { operate } from './operate.ts';
import { decidePlanned } from './planned/decide.ts';
import type { Ports } from './ports.ts';
import { announce, record } from './record.ts';
import { refuseSpec, report } from './report.ts';
import { resizePod } from './resize-pod.ts';
import { podTemplateProblems } from './resources/pod-template.ts';
import type { Obstacle } from './status/build.ts';
import { decideStorage } from './storage/decide.ts';
import { decideSwitchover, type SwitchoverStep } from './switchover/decide.ts';
import { upgradeManager } from './upgrade-manager.ts';
import { type ClusterView, type Revisit, reportOf } from './view.ts';

/** While something is under way, silence is checked this often; what happens is heard sooner, through the watches. */
const unsettledVisit = seconds(1);
/** After a write of ours, or one that came before it: soon, and the watches are sooner. */
const overtakenVisit = milliseconds(25);
/** A promise that was refused, or not answered, is asked for again this often. */
const prepareVisit = milliseconds(100);
/** A settled cluster is looked at this often though nothing was heard. Costs one question to each instance. */
const settledVisit = seconds(10);

/**
 * One tick of one cluster: observe, decide, record, act, report. Nothing is remembered here between ticks. Resolves to
 * when it wants to come back; rejects with a KubeError when the API server did not take a write, to be tried again.
 */
export async function reconcile(key: ObjectKey, ports: Ports, signal: AbortSignal): Promise<Revisit> {
  const cached = ports.caches.clusters.get(key);
  if (cached === undefined) {
    const gone = { namespace: key.namespace ?? '', name: key.name };
    ports.instances.forget(gone);
    ports.secrets.forget(gone);
    ports.memory.forget(gone);
    return undefined; // The cluster is gone; its children go with it.
  }
  const raw = await newest(cached, ports, signal);
  if (raw === undefined) return overtakenVisit; // The caches are about to show that it is gone.
  const parsed = parse(raw, ports);
  const cluster = parsed.ok ? parsed.value : parsed.readable;
  if (cluster === undefined) {
    await refuseSpec(raw, parsed.ok ? [] : parsed.problems, ports, signal);
    return undefined;
  }
  const problems = [...(parsed.ok ? [] : parsed.problems), ...templateProblems(cluster)];
  try {
    return await reconcileCluster(cluster, problems, ports, signal);
  } catch (failure) {
    if (!hasCode(failure, 'conflict')) throw failure;
    ports.memory.of(cluster.metadata).overtaken(cluster.metadata.resourceVersion);
    ports.log.debug('overtaken by a newer version of the cluster', {
      cluster: key.name,
      namespace: key.namespace,
    });
    return overtakenVisit;
  }
}

/** The API server counts the versions of a spec: that of a cluster whose status alone has changed is not parsed anew. */
function parse(raw: StoredCluster, ports: Ports): Parsed<RedisCluster> {
  const { parsed, parsedSpec } = recollectionOf(raw, ports);
  const { generation } = raw.metadata;
  return parsed.of([raw], () =>
    parseRedisCluster(raw, (spec) => parsedSpec.of([generation ?? spec], () => parseRedisClusterSpec(spec))),
  );
}

/**
 * The cluster as the cache has it; read live where the cache does not show our own last write yet. A decision on the past
 * could grant the lease to a primary that we have just fenced.
 */
async function newest(
  cached: StoredCluster,
  ports: Ports,
  signal: AbortSignal,
): Promise<StoredCluster | undefined> {
  const { name, namespace = '', resourceVersion } = cached.metadata;
  const outdated = recollectionOf(cached, ports).isOutdated(resourceVersion);
  return outdated ? await ports.kube.get(redisClusters, { name, namespace }, signal) : cached;
}

const recollectionOf = ({ metadata: { name, namespace = '', uid = '' } }: KubeObject, { memory }: Ports) =>
  memory.of({ name, namespace, uid });

/**
 * A spec that breaks a rule changes no object; who is primary is looked after all the same. The record comes before its
 * effect (invariant I2), and both before everything else: nothing may hold a failover up.
 */
async function reconcileCluster(
  cluster: RedisCluster,
  problems: readonly Problem[],
  ports: Ports,
  signal: AbortSignal,
): Promise<Revisit> {
  const startedAt = ports.clock.monotonic();
  const observed = await observe(cluster, ports, signal);
  const view = problems.length === 0 ? observed : { ...observed, reconcileDisabled: true };
  const failover = decideFailover(view);
  const handover = decideSwitchover(view, failover);
  const { phases, proxies } = ports.memory.of(cluster.metadata);
  proxies.waitedFor(handover.kind === 'rest');
  phases.decided(failover, heardAt(view, startedAt));
  // A grant that was given after the fence was written would outlast the fence's settling.
  ports.instances.grant(cluster, failover.kind === 'fence' ? undefined : grantedBy(view));
  const { step, cluster: arranged } = await arrange(handover, { cluster, view, failover }, ports, signal);
  const limit = step === failover ? signal : ports.clock.deadline(commitLimit, signal);
  if (step.kind === 'appoint' && step.failover !== undefined)
    nominate(step, { cluster, view }, ports, signal);
  const begun = isTakenUp(step, arranged, ports)
    ? await begin(step, { cluster: arranged, view }, ports, signal)
    : undefined;
  const recorded = await record(step, { cluster: arranged, view }, ports, limit);
  await carryOut(step, { cluster: recorded, view, begun }, ports, signal);
  announce(step, { before: cluster, recorded }, ports);
  measure(step, recorded, { view, startedAt }, ports);
  // Promises are asked for at once: the caches need not show us what we have just written ourselves.
  if (step.kind === 'fence') return await reconcileCluster(recorded, problems, ports, signal);
  const soon = urgentVisit(step);
  if (soon !== undefined) return soon;
  return view.deleting
    ? undefined
    : await tend({ cluster: recorded, view, step, handover, problems }, ports, signal);
}

/**
 * The term was offered on record, and the one before is released: clients need not wait for another record. That record may be an
 * old one where another operator leads, which may have fenced the tenure since: then the write decides, as ever.
 */
const isTakenUp = (step: FailoverStep, { status }: RedisCluster, { surelyLeads }: Ports): step is Appoint =>
  step.kind === 'appoint' &&
  step.switchover !== undefined &&
  status?.handover?.term === step.term &&
  surelyLeads();

/** While a failover is under way nothing else is done; undefined when none is. */
function urgentVisit(step: FailoverStep): Duration | undefined {
  switch (step.kind) {
    case 'hold':
      return step.underWay ? step.recheckAfter : undefined;
    case 'appoint':
    case 'reinstate':
      return overtakenVisit;
    case 'prepare':
      return prepareVisit;
    case 'fence':
    case 'confirm':
      return undefined;
  }
}

interface Tended {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
  readonly step: FailoverStep;
  readonly handover: SwitchoverStep;
  readonly problems: readonly Problem[];
}

/** Everything but who is primary: objects, pods and claims, and the status for people. */
async function tend(
  { cluster, view: before, step, handover, problems }: Tended,
  ports: Ports,
  signal: AbortSignal,
): Promise<Revisit> {
  const view = afterStep(before, step);
  const held: Hold = step.kind === 'hold' ? step : hold(step.because);
  // While another operator's pods are there, its Services lead to them.
  const untouched = view.reconcileDisabled || strangersIn(view).length > 0;
  const refused = untouched ? [] : await applyAll(cluster, ports, signal);
  const unhealed = await heal(decideHealing(view), cluster, ports, signal);
  await growClaims(decideStorage(view), cluster, ports, signal);
  const planned = decidePlanned(view);
  await operate(planned, { cluster, view }, ports, signal);
  await resizePod(planned, { cluster, view }, ports, signal);
  upgradeManager(planned, { cluster, view }, ports);
  const obstacles = [
    ...takeOverBlocked(view),
    ...blockedBy(handover),
    ...joiningBlocked(view),
    ...refused,
    ...unhealed,
  ];
  const written = await report({ cluster, view, step: held, obstacles, problems }, ports, signal);
  const waits = planned?.kind === 'hold' && ['Approval', 'Refused', 'MemoryInUse'].includes(planned.reason);
  const inPlace = planned?.operation === 'upgrade' || planned?.operation === 'resize';
  const rolls = inPlace || written.status?.rollingUpdate !== undefined;
  if (waits || !rolls) ports.memory.rollouts.giveBack(cluster.metadata);
  const usual = isSettled(written) ? settledVisit : unsettledVisit;
  return milliseconds(Math.min(usual, held.recheckAfter ?? usual, retryAfter(handover) ?? usual));
}

const takeOverBlocked = (view: ClusterView): readonly Obstacle[] => {
  const message = whyNotTakenOver(view);
  return message === undefined ? [] : [{ reason: 'TakeOverNeeded', message }];
};

const blockedBy = (handover: SwitchoverStep): readonly Obstacle[] =>
  handover.kind === 'wait' ? [{ reason: 'SwitchoverBlocked', message: handover.because }] : [];

const retryAfter = (handover: SwitchoverStep): Duration | undefined =>
  handover.kind === 'wait' || handover.kind === 'rest' ? handover.recheckAfter : undefined;

/** Nothing is amiss, and somebody could follow: that a replica is in sync is not pushed. */
function isSettled({ spec, status }: RedisCluster): boolean {
  if (status?.phase === 'WaitingForUser') return true;
  if (status?.phase === 'Hibernating') return status.instances === 0;
  const possible = status?.conditions?.find(({ type }) => type === 'FailoverPossible')?.status === 'True';
  return status?.phase === 'Healthy' && (possible || spec.instances === 1);
}

interface Looked {
  readonly view: ClusterView;
  /** When the tick began. */
  readonly startedAt: Moment;
}

/** How long a failover took, from the first evidence to the confirmation. */
function measure(
  step: FailoverStep,
  { metadata, status }: RedisCluster,
  { view, startedAt }: Looked,
  ports: Ports,
): void {
  const memory = ports.memory.of(metadata);
  if (step.kind === 'confirm') {
    const phases = new Map(memory.phases.lengths);
    const took = memory.recovered();
    if (status?.lastSwitchover?.term === status?.term) ports.figures.switchedOver(metadata, took);
    else if (status?.lastFailover?.to === step.pod) ports.figures.failedOver(metadata, { took, phases });
  } else if (step.kind === 'appoint' && step.switchover !== undefined) memory.failing(startedAt);
  else if (primaryServes(view)) memory.recovered();
  else if (step.kind !== 'hold' || step.underWay || step.blocked !== undefined) memory.failing(startedAt);
}

/** When the appointed pod was last heard, as of the beginning of the tick. */
const heardAt = ({ tenure }: ClusterView, startedAt: Moment): Moment =>
  tenure.kind === 'held' ? moment(startedAt - tenure.silentFor) : startedAt;

function primaryServes({ tenure, instances }: ClusterView): boolean {
  if (tenure.kind !== 'held' || tenure.fencedFor !== undefined) return false;
  const report = reportOf(instances.get(tenure.target));
  return report?.role === 'primary' && report.term === tenure.term;
}

const templateProblems = ({ spec }: RedisCluster): readonly Problem[] =>
  podTemplateProblems(spec.podTemplate).map((message) => ({
    field: 'spec.podTemplate',
    message: `spec.podTemplate: ${message}`,
  }));

/** The same view under the tenure that was just recorded; steps that change more end their tick. */
const afterStep = (view: ClusterView, step: FailoverStep): ClusterView =>
  step.kind === 'confirm' && view.tenure.kind === 'held'
    ? { ...view, tenure: { ...view.tenure, current: step.pod } }
    : view;
