import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { Phase } from '../../../../api/v1/redis-cluster.ts';
import { phaseNames } from '../../../controller/cluster/phase-lengths.ts';
import type { FailoverLengths } from '../../../controller/cluster/ports.ts';
import type { KubeObject } from '../../../kube/objects.ts';
import { type Duration, hours } from '../../../time/units.ts';

interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** The operator's own figures. */
export interface Metrics {
  readonly registry: Registry;
  tickEnded(took: Duration, failed: boolean): void;
  /** Tells of a cluster as it is; `object` undefined ends its series. */
  clusterSeen(cluster: ClusterName, object: KubeObject | undefined): void;
  /** A primary was replaced. */
  failedOver(cluster: ClusterName, lengths: FailoverLengths): void;
  /** A primary handed over in order. */
  switchedOver(cluster: ClusterName, took: Duration | undefined): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const registers = [registry];
  const ticks = new Histogram({
    name: 'redis_reconcile_duration_seconds',
    help: 'How long a tick of one cluster took.',
    labelNames: ['outcome'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const instances = new Gauge({
    name: 'redis_cluster_instances_total',
    help: 'Instances of a cluster: wanted, existing and ready.',
    labelNames: ['namespace', 'cluster', 'type'],
    registers,
  });
  const phases = new Gauge({
    name: 'redis_cluster_phase',
    help: '1 for the phase a cluster is in.',
    labelNames: ['namespace', 'cluster', 'phase'],
    registers,
  });
  const failovers = new Counter({
    name: 'redis_failover_total',
    help: 'How often a primary was replaced without being asked.',
    labelNames: ['namespace', 'cluster'],
    registers,
  });
  const failoverTime = new Histogram({
    name: 'redis_failover_duration_seconds',
    help: 'From the first evidence against a primary until its successor confirmed that it takes writes.',
    labelNames: ['namespace', 'cluster'],
    buckets: [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 120],
    registers,
  });
  const phaseTime = new Histogram({
    name: 'redis_failover_phase_seconds',
    help: 'What the time of a failover went into: detect, decide, record, promote, route, confirm.',
    labelNames: ['namespace', 'cluster', 'phase'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30],
    registers,
  });
  const switchoverTime = new Histogram({
    name: 'redis_switchover_duration_seconds',
    help: 'From the decision to hand over until the successor confirmed that it takes writes.',
    labelNames: ['namespace', 'cluster'],
    buckets: [0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
    registers,
  });
  return {
    registry,
    failedOver: ({ namespace, name: cluster }, { took, phases: lengths }) => {
      failovers.inc({ namespace, cluster });
      if (took !== undefined) failoverTime.observe({ namespace, cluster }, took / 1000);
      for (const [phase, length] of lengths) phaseTime.observe({ namespace, cluster, phase }, length / 1000);
    },
    switchedOver: ({ namespace, name: cluster }, took) => {
      if (took !== undefined) switchoverTime.observe({ namespace, cluster }, took / 1000);
    },
    tickEnded: (took, failed) => ticks.observe({ outcome: failed ? 'failed' : 'done' }, took / 1000),
    clusterSeen: (cluster, object) => {
      if (object === undefined) forget([failovers, failoverTime, switchoverTime], cluster);
      if (object === undefined) forgetPhases(phaseTime, cluster);
      showCluster({ instances, phases }, cluster, object);
    },
  };
}

/**
 * Those of any Node program, but for how late its event loop was between two scrapes: to know that, a timer wakes an operator that has
 * nothing to do a hundred times a second. How late it is when it is scraped is among them.
 */
function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision: hours(1) });
  for (const figure of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'])
    register.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
}

function showCluster(
  { instances, phases }: { readonly instances: Gauge; readonly phases: Gauge },
  { namespace, name: cluster }: ClusterName,
  object: KubeObject | undefined,
): void {
  const { spec, status } = (object ?? {}) as Figures;
  const counts = { wanted: spec?.instances, existing: status?.instances, ready: status?.readyInstances };
  const exists = object !== undefined;
  for (const [type, count = 0] of Object.entries(counts)) {
    show(instances, { namespace, cluster, type }, exists ? count : undefined);
  }
  for (const phase of Object.values(Phase)) {
    const current = Number(status?.phase === phase);
    show(phases, { namespace, cluster, phase }, exists ? current : undefined);
  }
}

function forget(figures: readonly (Counter | Histogram)[], { namespace, name: cluster }: ClusterName): void {
  for (const figure of figures) figure.remove({ namespace, cluster });
}

function forgetPhases(figure: Histogram, { namespace, name: cluster }: ClusterName): void {
  for (const phase of phaseNames) figure.remove({ namespace, cluster, phase });
}

/** A series ends with what it is about. */
function show(gauge: Gauge, labels: Readonly<Record<string, string>>, value: number | undefined): void {
  if (value === undefined) gauge.remove(labels);
  else gauge.set(labels, value);
}

interface Figures {
  readonly spec?: { readonly instances?: number };
  readonly status?: {
    readonly instances?: number;
    readonly readyInstances?: number;
    readonly phase?: string;
  };
}

/** Serves /metrics. */
export async function serveMetrics(port: number, { registry }: Metrics): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port);
  await once(server, 'listening');
  return server;
}
