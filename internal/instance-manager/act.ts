import { leasePolicy } from '../control/lease.ts';
import { describeError, OperatorError, unreachable } from '../errors.ts';
import { type Duration, milliseconds } from '../time/units.ts';
import { type Address, closedGate, followsSomebody, nowhere, type RoleStep } from './decide.ts';
import { type Aside, compareHistories, type History } from './divergence.ts';
import type { Facts, FactsCell } from './facts.ts';
import { beginKeeping } from './keep-aside.ts';
import { covers } from './nomination.ts';
import { answerLimit } from './observe.ts';
import type { Ports } from './ports.ts';
import { recordOf } from './record.ts';
import { isSame } from './same.ts';
import { isPromise, ledIn, type TermRecord } from './tenure.ts';
import { isAlone, leaseLeft } from './view.ts';

/**
 * Carries out one step. It decides nothing: every branch that matters was taken in decideRole. What a step changes in
 * redis-server is not written down here but seen at the next look.
 */
export async function act(step: RoleStep, ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const limit = ports.clock.deadline(limitOf(step, ports, cell.current), signal);
  switch (step.kind) {
    case 'keep':
    case 'confirm':
      return;
    case 'adopt':
      return adopt(step.record, ports, cell);
    case 'note':
      return note(step.record, ports, cell);
    case 'promote':
      // From here on it may take writes that no candidate has.
      cell.change({ release: undefined });
      // Sent together: whoever waits for it waits for one answer less.
      return open(cell, [ports.redis.promote(limit), ports.redis.setWriteGate(step.minReplicas, limit)]);
    case 'regate':
      return open(cell, [ports.redis.setWriteGate(step.minReplicas, limit)]);
    case 'fence':
      return fence(ports, cell, limit);
    case 'release':
      return closeOrKill(() => ports.redis.release(limit), ports, cell);
    case 'listen':
      return ports.redis.listen(limit);
    case 'detach':
      return ports.redis.follow(nowhere, limit);
    case 'keepAside':
      return beginKeeping(ports, cell, signal);
    case 'follow':
      return follow(step.address, ports, cell, signal);
    default:
      return unreachable(step);
  }
}

/** Until it is answered, by this or by a later look, nobody knows when it takes effect. */
async function open(cell: FactsCell, orders: readonly Promise<void>[]): Promise<void> {
  cell.change({ opening: true });
  await Promise.all(orders);
  cell.change({ opening: false });
}

/** A successor is promoted within milliseconds of its appointment; what takes longer is tried again later. */
const promotionTakes = milliseconds(200);
const askEvery = milliseconds(5);

/**
 * Follows `address` once it says that it is a primary; until then nobody is followed. A redis-server that serves nothing
 * yet refuses PSYNC in words that a replica takes for those of an old master: it would synchronise without PSYNC, and
 * stream for good under a history of its own, never to be proved in sync. Where we have what that primary has not, it is
 * not followed yet: Redis would replace all that we have.
 */
async function follow(address: Address, ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  const { clock, redis } = ports;
  const { redis: seen } = cell.current;
  if (seen !== undefined && followsSomebody(seen))
    await redis.follow(nowhere, clock.deadline(answerLimit, signal));
  const primary = await askedUntilPrimary(address, ports, signal);
  const { loading, redis: own } = await redis.look(clock.deadline(answerLimit, signal));
  // A process that was started since this was decided has not loaded yet what it is to be compared by.
  if (loading) return;
  const { stored, release, aside } = cell.current;
  const divergence = compareHistories({ ...own, hasLed: ledIn(recordOf(stored)) !== undefined }, primary);
  // Since a successor had all that it has, a primary has sent its replicas pings at most.
  const hasHandedOver = release !== undefined && release.followedAt === undefined;
  if (divergence.kind === 'none' || hasHandedOver || isSettled(aside, own)) {
    await redis.follow(address, clock.deadline(answerLimit, signal));
    if (hasHandedOver) cell.change({ release: { ...release, followedAt: clock.monotonic() } });
  } else cell.change({ aside: { kind: 'wanted', divergence, failures: 0 } });
}

/** This very data was saved, or given up. */
const isSettled = (aside: Aside, { replicationId, offset }: History): boolean =>
  aside.kind === 'settled' && aside.replicationId === replicationId && aside.offset === offset;

async function askedUntilPrimary(
  address: Address,
  { clock, upstream }: Ports,
  signal: AbortSignal,
): Promise<History> {
  const limit = clock.deadline(promotionTakes, signal);
  for (;;) {
    const answer = await upstream.ask(address, limit);
    if (answer.primary) return answer;
    await clock.sleep(askEvery, limit);
    if (limit.aborted)
      throw new OperatorError({ code: 'notPrimary' } as const, 'the primary does not serve yet');
  }
}

/**
 * To close a gate there is time while the lease lasts; soon after its end somebody else may write. Where a proof was dropped,
 * since another tenure was heard of, nobody knows how much of the lease was left: none.
 */
function limitOf({ kind }: RoleStep, { identity, clock }: Ports, facts: Facts): Duration {
  const { cluster } = facts;
  const closes = kind === 'fence' || kind === 'release';
  if (!closes || cluster === undefined || isAlone(identity.podName, cluster)) return answerLimit;
  const left = leaseLeft(facts, clock.monotonic()) ?? 0;
  const { closing } = leasePolicy(cluster.silenceSeconds);
  return milliseconds(Math.min(answerLimit, Math.max(0, left) + closing));
}

/** A redis-server that does not close its gate in time is killed: until then it could go on taking writes. */
async function fence(ports: Ports, cell: FactsCell, limit: AbortSignal): Promise<void> {
  await closeOrKill(() => closeGate(ports, limit), ports, cell);
  // A client that was told OK a moment ago must find the new primary now, not at its next error.
  await ports.redis.disconnectClients(limit);
}

async function closeOrKill(close: () => Promise<void>, ports: Ports, cell: FactsCell): Promise<void> {
  const { pid } = cell.current.process;
  try {
    await close();
  } catch (thrown) {
    if (pid === undefined) throw thrown;
    ports.log.error('redis-server does not close its gate and is killed', {
      pid,
      error: describeError(thrown),
    });
    ports.processes.kill(pid);
    throw thrown;
  }
}

/** The connection may have been lost at the last look: then once more over a new one, which only a look makes. */
async function closeGate({ redis }: Ports, limit: AbortSignal): Promise<void> {
  try {
    await redis.setWriteGate(closedGate, limit);
  } catch {
    await redis.look(limit);
    await redis.setWriteGate(closedGate, limit);
  }
}

/** What the volume holds already need not be written before it has an effect; it is noted after that. */
async function adopt(record: TermRecord, ports: Ports, cell: FactsCell): Promise<void> {
  const isCovered = covers(cell.current.ahead, record);
  if (!isCovered) await ports.records.write(record);
  const now = ports.clock.monotonic();
  const promisedAt = isPromise(record) ? now : undefined;
  const { stored, ahead, adoptedAt: before } = cell.current;
  const adoptedAt = recordOf(stored).term === record.term ? before : now;
  cell.change({
    stored: { kind: 'record', record },
    ahead: isCovered ? ahead : undefined,
    promisedAt,
    adoptedAt,
  });
}

async function note(record: TermRecord, { records }: Ports, cell: FactsCell): Promise<void> {
  await records.write(record);
  cell.change({ ahead: isSame(record, recordOf(cell.current.stored)) ? undefined : record });
}
