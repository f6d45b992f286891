import type { PeerAnswer } from '../control/protocol.ts';
import { describeError } from '../errors.ts';
import { type Duration, type Moment, milliseconds } from '../time/units.ts';
import type { ClusterFacts, FactsCell } from './facts.ts';
import { takeReading } from './learn.ts';
import { laterProof, type Proof, patienceOf } from './lease.ts';
import { type Inquiry, judgePeers, type RelayedReading } from './peers.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';
import { leaseOf, type Place } from './view.ts';

/**
 * Asks all peers about the tenure and writes down what follows from their answers: at once when one of them has read it,
 * when all have answered otherwise. Resolves once all have answered or run out of time.
 */
export async function askPeers(
  { pod }: Place,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const { cluster } = cell.current;
  const { tenure } = cluster ?? {};
  if (cluster === undefined || tenure === undefined) return;
  const { term } = tenure;
  const askedAt = ports.clock.monotonic();
  const peers = cluster.pods.filter((each) => each !== pod);
  const inquiry: Inquiry = { me: pod, term, peers, instances: cluster.instances };
  const answers: PeerAnswer[] = [];
  const limit = ports.clock.deadline(askLimit(cluster), signal);
  const ask = async (peer: string): Promise<void> => {
    const address = cluster.addresses.get(peer);
    const answer = address === undefined ? undefined : await answerOf(address, ports, limit);
    if (answer?.pod !== peer) return;
    answers.push(answer);
    const verdict = judgePeers(inquiry, answers);
    if (verdict.kind === 'relay') takeRelay(verdict.reading, askedAt, ports, cell);
  };
  await Promise.all(peers.map(ask));
  const verdict = judgePeers(inquiry, answers);
  if (verdict.kind === 'none')
    ports.log.debug('the other instances prove nothing', { because: verdict.because });
  if (verdict.kind === 'isolation') takeIsolation({ kind: 'isolation', term, at: askedAt }, ports, cell);
}

/** A peer gives its own read one such patience; the other is for the way there and back. */
const askLimit = (cluster: ClusterFacts): Duration => milliseconds(2 * patienceOf(leaseOf(cluster)));

async function answerOf(
  address: string,
  { peers, log }: Ports,
  limit: AbortSignal,
): Promise<PeerAnswer | undefined> {
  try {
    return await peers.ask(address, limit);
  } catch (thrown) {
    log.debug('an instance does not answer', { address, error: describeError(thrown) });
    return undefined;
  }
}

function takeRelay(reading: RelayedReading, at: Moment, { identity }: Ports, cell: FactsCell): void {
  const { cluster } = cell.current;
  if (cluster === undefined) return;
  const { members, ...read } = reading;
  const relayed = { ...cluster, ...read, ...members };
  cell.change(takeReading(cell.current, identity.podName, { kind: 'relay', at, cluster: relayed }));
}

/** The tenure may have changed while the peers were asked. */
export function takeIsolation(found: Proof, { identity }: Pick<Ports, 'identity'>, cell: FactsCell): void {
  const { cluster, proof, stored } = cell.current;
  const tenure = cluster?.tenure;
  const { term, role } = recordOf(stored);
  if (tenure === undefined || tenure.fenced || tenure.primary !== identity.podName) return;
  if (role !== 'primary' || term !== found.term || tenure.term !== found.term) return;
  cell.change({ proof: laterProof(proof, found) });
}
