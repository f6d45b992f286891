import type { PeerAnswer } from '../control/protocol.ts';
import { describeError } from '../errors.ts';
import { milliseconds } from '../time/units.ts';
import type { FactsCell } from './facts.ts';
import { hearCluster } from './learn.ts';
import { patienceOf } from './lease.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';
import { leaseOf } from './view.ts';

/** What this instance, as a peer, says about the tenure: by a live read made now, or that there is none to be had. */
export async function answerPeer(
  ports: Pick<Ports, 'clock' | 'cluster' | 'identity' | 'log'>,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<PeerAnswer> {
  const reading = await readForPeer(ports, cell, signal);
  // Read after the reading: whoever promises while it is made must not deny it.
  const { stored, promiseAsked, cluster } = cell.current;
  const term = Math.max(recordOf(stored).term, promiseAsked ?? 0);
  const members = cluster === undefined ? undefined : { instances: cluster.instances, pods: cluster.pods };
  return { pod: ports.identity.podName, term, members, reading };
}

async function readForPeer(
  { clock, cluster: source, log }: Pick<Ports, 'clock' | 'cluster' | 'log'>,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<PeerAnswer['reading']> {
  const known = cell.current.cluster;
  const limit = known === undefined ? shortest : patienceOf(leaseOf(known));
  try {
    const cluster = await source.read(clock.deadline(limit, signal));
    if (cluster === undefined) return { kind: 'read', resourceVersion: '', tenure: null };
    cell.change(hearCluster(cell.current, cluster));
    const { resourceVersion, tenure } = cluster;
    return { kind: 'read', resourceVersion, tenure: tenure ?? null };
  } catch (thrown) {
    log.debug('the RedisCluster cannot be read for a peer', { error: describeError(thrown) });
    return { kind: 'unreachable' };
  }
}

/** Where the patience is not known: a live read takes 1 to 10 ms. */
const shortest = milliseconds(200);
