import type { FactsCell } from '../../../instance-manager/facts.ts';
import { serveProbes } from '../../../instance-manager/http/probes.ts';
import { answerLimit } from '../../../instance-manager/observe.ts';
import { healthComplaint, readyComplaint } from '../../../instance-manager/readiness.ts';
import { recordOf } from '../../../instance-manager/record.ts';
import type { Info } from '../../../instance-manager/redis/info.ts';
import { renderMetrics } from '../../../instance-manager/redis/metrics.ts';
import type { SocketRedisServer } from '../../../instance-manager/redis/server.ts';
import { type Identity, reportOf } from '../../../instance-manager/report.ts';
import type { Clock } from '../../../time/clock.ts';
import type { Layout } from './layout.ts';

export interface Probed {
  readonly clock: Clock;
  readonly server: SocketRedisServer;
  readonly cell: FactsCell;
}

/** Opens the plain port: probes and metrics. Returns the function that ends it. */
export const serveProbePort = (identity: Identity, layout: Layout, probed: Probed): Promise<() => void> =>
  serveProbes(
    { address: layout.listenAddress, port: layout.httpPort },
    {
      health: () => healthComplaint(probed.cell.current),
      readiness: () => readyComplaint(identity.podName, probed.cell.current, probed.clock.monotonic()),
      metrics: () => metricsOf(identity, probed),
    },
    probed.clock,
  );

async function metricsOf(identity: Identity, probed: Probed): Promise<string> {
  const info = await everything(probed);
  const { cell } = probed;
  const report = reportOf(identity, cell.current, probed.clock.monotonic());
  const facts = {
    up: info !== undefined,
    fenced: report.role === 'fenced',
    term: recordOf(cell.current.stored).term,
    lagBytes: report.upstream?.lagBytes,
    writeLeaseSeconds: report.leaseLeftMs === undefined ? undefined : report.leaseLeftMs / 1000,
  };
  const labels = {
    namespace: identity.podNamespace,
    cluster: identity.clusterName,
    pod: identity.podName,
    role: report.role,
  };
  return renderMetrics(info ?? new Map(), facts, labels);
}

/** Undefined while redis-server does not answer: that is a figure too, not an error of the scrape. */
async function everything({ clock, server, cell }: Probed): Promise<Info | undefined> {
  const { state } = cell.current.process;
  if (state !== 'running' && state !== 'loading') return undefined;
  return await server.info('everything', clock.deadline(answerLimit)).catch(() => undefined);
}
