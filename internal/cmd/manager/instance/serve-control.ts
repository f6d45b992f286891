import { readFile } from 'node:fs/promises';
import { instanceServerName, operatorClientName } from '../../../../api/v1/names.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import { describeError } from '../../../errors.ts';
import { answerPeer } from '../../../instance-manager/answer-peer.ts';
import { obeyCommand } from '../../../instance-manager/commands.ts';
import type { Facts, FactsCell } from '../../../instance-manager/facts.ts';
import { refresh } from '../../../instance-manager/fresh.ts';
import {
  type ControlCertificates,
  type ControlServer,
  serveControl,
} from '../../../instance-manager/http/control.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import { eventsBetween, reportOf } from '../../../instance-manager/report.ts';
import { measureVolume } from '../../../instance-manager/volume.ts';
import { controlFile, type Layout } from './layout.ts';
import type { Replacement } from './replacement.ts';

export interface ServedParts {
  readonly ports: Ports;
  readonly cell: FactsCell;
  readonly replacement: Replacement;
}

export interface ServedControl {
  close(): void;
  /** Serves what lies in the control Secret from now on, where that has changed. */
  lookForRenewed(): Promise<void>;
}

/** Opens the control port; what is being done for those who ask ends when `signal` aborts. */
export async function serveControlPort(
  layout: Layout,
  { ports, cell, replacement }: ServedParts,
  signal: AbortSignal,
): Promise<ServedControl> {
  const { identity } = ports;
  const { clusterName, podNamespace } = identity;
  const options = {
    endpoint: { address: layout.listenAddress, port: layout.controlPort },
    operatorName: operatorClientName(clusterName, podNamespace),
    peerName: instanceServerName(clusterName, podNamespace),
  };
  const read = (): Promise<ControlCertificates> => readCertificates(layout, clusterName);
  const told = (facts: Facts): InstanceReport => reportOf(identity, facts, ports.clock.monotonic());
  const first = await read();
  const server = await serveControl(options, first, {
    clock: ports.clock,
    report: () => told(cell.current),
    freshReport: async () => {
      const [volume] = await Promise.all([measureVolume(layout.dataFolder), refresh(ports, cell, signal)]);
      cell.change({ volume });
      return told(cell.current);
    },
    tenure: () => answerPeer(ports, cell, signal),
    obey: (command) => obeyCommand(command, ports, cell, signal),
    upgrade: (command, binary) => replacement.prepare(command, binary, signal),
    replace: () => replacement.replace(),
    subscribe: (tell) => {
      let before = told(cell.current);
      return cell.listen((facts) => {
        const report = told(facts);
        for (const kind of eventsBetween(before, report)) tell({ kind, report });
        before = report;
      });
    },
  });
  return { close: () => server.close(), lookForRenewed: lookForRenewed(server, { first, read, ports }) };
}

interface Renewal {
  readonly first: ControlCertificates;
  readonly read: () => Promise<ControlCertificates>;
  readonly ports: Pick<Ports, 'log'>;
}

function lookForRenewed(
  server: ControlServer,
  { first, read, ports: { log } }: Renewal,
): () => Promise<void> {
  let served = first;
  return async () => {
    try {
      const found = await read();
      if (found.cert === served.cert && found.ca === served.ca) return;
      server.renew(found);
      served = found;
      log.info('serving renewed certificates on the control port');
    } catch (failure) {
      // A certificate without its key, as between two moments of a replacement, is no reason to stop serving the old one.
      log.warn('the certificates found cannot be served', { because: describeError(failure) });
    }
  };
}

export async function readCertificates(layout: Layout, clusterName: string): Promise<ControlCertificates> {
  const read = (key: string): Promise<string> => readFile(controlFile(layout, clusterName, key), 'utf8');
  const [cert, key, ca] = await Promise.all([read('tls.crt'), read('tls.key'), read('ca.crt')]);
  return { cert, key, ca };
}
