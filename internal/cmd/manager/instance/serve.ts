import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import {
  controlSecret,
  instanceServerName,
  operatorClientName,
  Path,
  Port,
} from '../../../../api/v1/names.ts';
import { describeError } from '../../../errors.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import { type ControlCertificates, serveControl } from '../../../instance-manager/http/control.ts';
import { serveProbes } from '../../../instance-manager/http/probes.ts';
import { answerLimit } from '../../../instance-manager/observe.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import { healthComplaint, readyComplaint } from '../../../instance-manager/readiness.ts';
import { recordOf } from '../../../instance-manager/record.ts';
import { renderMetrics } from '../../../instance-manager/redis/metrics.ts';
import type { SocketRedisServer } from '../../../instance-manager/redis/server.ts';
import { eventsBetween, reportOf } from '../../../instance-manager/report.ts';
import { seconds } from '../../../time/units.ts';
import type { InstanceOptions } from './options.ts';

type ServePorts = Ports & { readonly server: SocketRedisServer };

/** Opens the plain port and the control port. */
export async function serve(
  options: InstanceOptions,
  ports: ServePorts,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<readonly Server[]> {
  const probes = await serveProbes(Port.http, {
    health: () => healthComplaint(cell.current),
    readiness: () => readyComplaint(options.podName, cell.current, ports.clock.monotonic()),
    metrics: () => metricsOf(options, ports, cell),
  });
  return [probes, await serveControlPort(options, ports, cell, signal)];
}

/** How soon a renewed certificate is served: the kubelet itself takes up to a minute to bring it. */
const lookEvery = seconds(15);

async function serveControlPort(
  options: InstanceOptions,
  { clock, log }: ServePorts,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<Server> {
  const { clusterName, podNamespace } = options;
  let served = await readCertificates(clusterName);
  const control = {
    port: Port.control,
    operatorName: operatorClientName(clusterName, podNamespace),
    peerName: instanceServerName(clusterName, podNamespace),
  };
  const server = await serveControl(control, served, {
    clock,
    report: () => reportOf(options, cell.current),
    subscribe: (tell) =>
      cell.listen((facts, before) => {
        const [then, now] = [reportOf(options, before), reportOf(options, facts)];
        for (const kind of eventsBetween(then, now)) tell({ kind, report: now });
      }),
  });
  const renew = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(lookEvery, signal);
      const found = await readCertificates(clusterName);
      if (found.cert === served.cert && found.ca === served.ca) continue;
      server.setSecureContext({ ...found, minVersion: 'TLSv1.3' });
      served = found;
      log.info('serving a renewed certificate');
    }
  };
  renew().catch((failure) =>
    log.error('certificates are no longer watched', { because: describeError(failure) }),
  );
  return server;
}

async function readCertificates(clusterName: string): Promise<ControlCertificates> {
  const read = (key: string): Promise<string> =>
    readFile(`${Path.projected}/${controlSecret(clusterName)}/${key}`, 'utf8');
  const [cert, key, ca] = await Promise.all([read('tls.crt'), read('tls.key'), read('ca.crt')]);
  return { cert, key, ca };
}

async function metricsOf(
  options: InstanceOptions,
  { clock, server }: ServePorts,
  cell: FactsCell,
): Promise<string> {
  const report = reportOf(options, cell.current);
  const up = report.process.state === 'running' || report.process.state === 'loading';
  const info = up
    ? await server.info('everything', clock.deadline(answerLimit)).catch(() => undefined)
    : undefined;
  const facts = {
    up: info !== undefined,
    fenced: report.role === 'fenced',
    term: recordOf(cell.current.stored).term,
    lagBytes: report.upstream?.lagBytes,
    writeLeaseSeconds: undefined,
  };
  const labels = {
    namespace: options.podNamespace,
    cluster: options.clusterName,
    pod: options.podName,
    role: report.role,
  };
  return renderMetrics(info ?? new Map(), facts, labels);
}
