import { type Problem, parseRedisCluster, type RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { hasCode } from '../../kube/errors.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { milliseconds, seconds } from '../../time/units.ts';
import { heal } from './act.ts';
import { applyAll } from './apply-all.ts';
import { type AppointmentStep, decideAppointment } from './appointment/decide.ts';
import { decideHealing } from './healing/decide.ts';
import { observe } from './observe.ts';
import type { Ports } from './ports.ts';
import { refuseSpec, report } from './report.ts';
import { podTemplateProblems } from './resources/pod-template.ts';
import type { ClusterView, Revisit } from './view.ts';

/** While something is under way, silence is checked this often; what happens is heard sooner, through the watches. */
const unsettledVisit = seconds(1);
/** The caches show our own last write within milliseconds; until then a write on top of it is refused. */
const overtakenVisit = milliseconds(25);
/** A settled cluster is looked at this often though nothing was heard. Costs one question to each instance. */
const settledVisit = seconds(10);

/**
 * One tick of one cluster: observe, decide, record, act, report. Nothing is remembered here between ticks. Resolves to
 * when it wants to come back; rejects with a KubeError when the API server did not take a write, to be tried again.
 */
export async function reconcile(key: ObjectKey, ports: Ports, signal: AbortSignal): Promise<Revisit> {
  const raw = ports.caches.clusters.get(key);
  if (raw === undefined) {
    ports.instances.forget({ namespace: key.namespace ?? '', name: key.name });
    return undefined; // The cluster is gone; its children go with it.
  }
  const parsed = parseRedisCluster(raw);
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
    ports.log.debug('overtaken by a newer version of the cluster', {
      cluster: key.name,
      namespace: key.namespace,
    });
    return overtakenVisit;
  }
}

/** A spec that breaks a rule changes no object; who is primary is looked after all the same. */
async function reconcileCluster(
  cluster: RedisCluster,
  problems: readonly Problem[],
  ports: Ports,
  signal: AbortSignal,
): Promise<Revisit> {
  const observed = await observe(cluster, ports, signal);
  const view = problems.length === 0 ? observed : { ...observed, reconcileDisabled: true };
  const step = decideAppointment(view);
  // The record comes before the effect: whoever acts on the tenure finds it written (invariant I2).
  const recorded =
    step.kind === 'hold'
      ? cluster
      : await report({ cluster, view, step, obstacles: [], problems }, ports, signal);
  if (view.deleting) return undefined;

  const refused = view.reconcileDisabled ? [] : await applyAll(recorded, ports, signal);
  const unhealed = await heal(decideHealing(afterStep(view, step)), recorded, ports, signal);
  const held: AppointmentStep = step.kind === 'hold' ? step : { kind: 'hold', because: step.because };
  const inputs = {
    cluster: recorded,
    view: afterStep(view, step),
    step: held,
    obstacles: [...refused, ...unhealed],
    problems,
  };
  const written = await report(inputs, ports, signal);
  return written.status?.phase === 'Healthy' ? settledVisit : unsettledVisit;
}

const templateProblems = ({ spec }: RedisCluster): readonly Problem[] =>
  podTemplateProblems(spec.podTemplate).map((message) => ({
    field: 'spec.podTemplate',
    message: `spec.podTemplate: ${message}`,
  }));

/** The same view under the tenure that was just recorded. */
function afterStep(view: ClusterView, step: AppointmentStep): ClusterView {
  switch (step.kind) {
    case 'hold':
      return view;
    case 'appoint':
      return {
        ...view,
        tenure: { kind: 'held', term: step.term, target: step.pod, current: currentOf(view) },
      };
    case 'confirm':
      return view.tenure.kind === 'held' ? { ...view, tenure: { ...view.tenure, current: step.pod } } : view;
  }
}

const currentOf = ({ tenure }: ClusterView): string | undefined =>
  tenure.kind === 'held' ? tenure.current : undefined;
