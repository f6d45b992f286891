import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { unreachable } from '../../errors.ts';
import { targetIn } from './effects.ts';
import type { PlannedStep, UpgradeManager } from './planned/step.ts';
import type { Ports, Upgraded } from './ports.ts';
import { type ClusterView, type InstanceView, reportOf } from './view.ts';

/**
 * Begins to have one manager replaced in place. It takes seconds, and no failover is to wait for it: what came of it is
 * heard of by a later tick, which tells of it.
 */
export function upgradeManager(
  step: PlannedStep | undefined,
  { cluster, view }: { readonly cluster: RedisCluster; readonly view: ClusterView },
  ports: Ports,
): void {
  const { upgrades } = ports.memory.of(cluster.metadata);
  const { wanted } = view.planned.managers;
  for (const instance of view.instances.values()) tellIfReplaced(instance, cluster, ports);
  if (wanted === undefined) upgrades.forgetRefusals();
  if (wanted === undefined || step?.kind !== 'upgradeManager') return;
  const target = targetIn(view, step.pod);
  if (target?.uid !== step.uid || !ports.memory.rollouts.take(cluster.metadata)) return;
  upgrades.sending(step.uid, { version: wanted, because: step.because });
  const { name, namespace } = cluster.metadata;
  ports.log.info(step.operation, { cluster: name, namespace, subject: step.pod, because: step.because });
  // It never rejects.
  void ports.instances.upgrade(cluster, target, step.term).then((upgraded) => {
    conclude(upgraded, step, cluster, ports);
  });
}

function tellIfReplaced(instance: InstanceView, cluster: RedisCluster, { memory, events }: Ports): void {
  const report = reportOf(instance);
  if (report === undefined) return;
  const because = memory.of(cluster.metadata).upgrades.seen(report.podUID, report.managerVersion);
  if (because === undefined) return;
  events.record(cluster, {
    type: 'Normal',
    reason: 'ManagerUpgraded',
    message: `The instance manager of ${instance.name} was replaced in place: ${because}`,
  });
}

function conclude(
  upgraded: Upgraded,
  { pod, uid }: UpgradeManager,
  cluster: RedisCluster,
  { memory, events, log }: Ports,
): void {
  const { name, namespace } = cluster.metadata;
  const subject = { cluster: name, namespace, subject: pod };
  const { upgrades } = memory.of(cluster.metadata);
  switch (upgraded.kind) {
    case 'taken':
      upgrades.taken(uid);
      return;
    case 'notNow':
      upgrades.notNow(uid, upgraded.because);
      log.info('a manager is not replaced now', { ...subject, because: upgraded.because });
      return;
    case 'refused': {
      upgrades.refused(uid, upgraded.because);
      const message = `${pod} goes on with the manager that it has: ${upgraded.because}`;
      events.record(cluster, { type: 'Warning', reason: 'ManagerUpgradeRefused', message });
      log.warn('a manager was not replaced', { ...subject, because: upgraded.because });
      return;
    }
    default:
      unreachable(upgraded);
  }
}
