import { readFile, stat } from 'node:fs/promises';
import { instanceServerName, operatorClientName } from '../../../../api/v1/names.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import { describeError } from '../../../errors.ts';
import { answerPeer } from '../../../instance-manager/answer-peer.ts';
import { obeyCommand } from '../../../instance-manager/commands.ts';
import { memoryHeldIn } from '../../../instance-manager/container-memory.ts';
import { followsSomebody } from '../../../instance-manager/decide.ts';
import type { Facts, FactsCell } from '../../../instance-manager/facts.ts';
import { refresh } from '../../../instance-manager/fresh.ts';
import { answerGrants } from '../../../instance-manager/grants.ts';
import {
  type ControlCertificates,
  type ControlServer,
  serveControl,
} from '../../../instance-manager/http/control.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import { eventBetween, reportOf } from '../../../instance-manager/report.ts';
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
      const measured = measure(layout, cell);
      await refresh(ports, cell, signal);
      if (!isWaitedFor(cell.current)) await measured;
      return told(cell.current);
    },
    tenure: () => answerPeer(ports, cell, signal),
    obey: (command) => obeyCommand(command, ports, cell, signal),
    answerGrants: () => answerGrants(ports, cell),
    upgrade: (command, binary) => replacement.prepare(command, binary, signal),
    replace: () => replacement.replace(),
    subscribe: (tell) => {
      let before = told(cell.current);
      return cell.listenToNews((facts) => {
        const report = told(facts);
        const kind = eventBetween(before, report);
        if (kind !== undefined) tell({ kind, report });
        before = report;
      });
    },
  });
  const stamp = (): Promise<string> => stampOf(layout, clusterName);
  const lookForRenewed = renewalOf(server, { first, read, stamp, ports });
  return { close: () => server.close(), lookForRenewed };
}

async function measure({ dataFolder, controlGroup }: Layout, cell: FactsCell): Promise<void> {
  const [volume, memoryHeld] = await Promise.all([measureVolume(dataFolder), memoryHeldIn(controlGroup)]);
  cell.change({ volume, memoryHeld });
}

/** Its Redis has ended, or has lost its primary: a successor is chosen now, by what it says of its data, and clients wait. */
const isWaitedFor = ({ process, redis }: Facts): boolean =>
  process.state === 'exited' || (redis !== undefined && followsSomebody(redis) && !redis.linkUp);

interface Renewal {
  readonly first: ControlCertificates;
  readonly read: () => Promise<ControlCertificates>;
  /** Of the files that are there: another for others. To look at it costs a fraction of reading them. */
  readonly stamp: () => Promise<string>;
  readonly ports: Pick<Ports, 'log'>;
}

function renewalOf(
  server: ControlServer,
  { first, read, stamp, ports: { log } }: Renewal,
): () => Promise<void> {
  let served = first;
  let seen: string | undefined;
  return async () => {
    try {
      const there = await stamp();
      if (there === seen) return;
      const found = await read();
      if (found.cert !== served.cert || found.ca !== served.ca) {
        server.renew(found);
        served = found;
        log.info('serving renewed certificates on the control port');
      }
      seen = there;
    } catch (failure) {
      // A certificate without its key, as between two moments of a replacement, is no reason to stop serving the old one.
      log.warn('the certificates found cannot be served', { because: describeError(failure) });
    }
  };
}

async function stampOf(layout: Layout, clusterName: string): Promise<string> {
  const files = ['tls.crt', 'ca.crt'].map((key) => stat(controlFile(layout, clusterName, key)));
  return (await Promise.all(files)).map(({ ino, mtimeMs }) => `${ino} ${mtimeMs}`).join();
}

export async function readCertificates(layout: Layout, clusterName: string): Promise<ControlCertificates> {
  const read = (key: string): Promise<string> => readFile(controlFile(layout, clusterName, key), 'utf8');
  const [cert, key, ca] = await Promise.all([read('tls.crt'), read('tls.key'), read('ca.crt')]);
  return { cert, key, ca };
}
