import { KubeClient } from '../../../kube/client.ts';
import { inClusterConfig, type KubeConfig } from '../../../kube/config.ts';
import type { Kube } from '../../../kube/kube.ts';
import { leadWhileElected } from '../../../kube/leader-election.ts';
import type { Logger } from '../../../log/logger.ts';
import { createLog } from '../../../log/pino-logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { systemClock } from '../../../time/system-clock.ts';
import { seconds } from '../../../time/units.ts';
import { ClusterController } from './cluster-controller.ts';
import { serveHealth } from './health.ts';
import { createMetrics, serveMetrics } from './metrics.ts';
import type { ControllerOptions } from './options.ts';

const leaseName = 'redis-operator-leader';
/** What may be cut short at a clean stop: less than the pod's grace period of 30 s, with room for the Lease. */
const stopLimit = seconds(20);

/** Runs the operator until `signal` aborts; rejects when it cannot go on and is to be started anew. */
export async function runController(options: ControllerOptions, signal: AbortSignal): Promise<void> {
  const clock = systemClock;
  const { log, flush } = createLog(options.logLevel, clock);
  process.on('exit', flush);
  const kube = new KubeClient(await configOf(process.env), clock);
  const state = { ready: false };
  const metrics = createMetrics();
  const servers = [
    await serveHealth(options.healthPort, () => state.ready),
    await serveMetrics(options.metricsPort, metrics),
  ];
  log.info('the operator starts', { identity: options.identity, watchNamespaces: options.watchNamespaces });
  state.ready = true;
  try {
    const lead = (leading: AbortSignal, surelyLeads: () => boolean): Promise<void> =>
      controlClusters({ options, kube, clock, log, metrics, surelyLeads }, leading);
    if (!options.leaderElect) await lead(signal, () => true);
    else {
      const lease = { namespace: options.namespace, name: leaseName };
      await leadWhileElected({ lease, identity: options.identity }, { kube, clock, log }, lead, signal);
    }
  } finally {
    for (const server of servers) server.close();
    kube.close();
    log.info('the operator has stopped');
  }
}

/** A kubeconfig, when KUBECONFIG names one; otherwise the pod's own. */
async function configOf(env: NodeJS.ProcessEnv): Promise<KubeConfig> {
  const path = env['KUBECONFIG'];
  if (path === undefined) return await inClusterConfig(env);
  const { kubeconfigFrom } = await import('../../../kube/kubeconfig.ts');
  return await kubeconfigFrom(path);
}

interface Surroundings {
  readonly options: ControllerOptions;
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly surelyLeads: () => boolean;
}

async function controlClusters(surroundings: Surroundings, signal: AbortSignal): Promise<void> {
  const controller = new ClusterController({ ...surroundings, random: Math.random });
  await controller.run(signal, stopLimit);
}
