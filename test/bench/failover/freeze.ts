import { setTimeout as sleep } from 'node:timers/promises';
import { signalAll } from '../../e2e/members.ts';
import { printCount, printTail } from '../figures.ts';
import { type Holding, holdConnection, type Write } from './held.ts';
import { monotonicMs } from './monotonic.ts';
import { aftermath, atRandom, type Lineup, limitSeconds, lineup, type Rig, withRig } from './rig.ts';
import { type SuccessorWatch, watchForSuccessor } from './successor.ts';

const rounds = Number(process.env['COUNT'] ?? 20);
const connections = 16;
/** How long the thawed primary is listened to: until then its manager has found out, or never will. */
const listenMs = 3000;

interface Round {
  readonly atPod: number | undefined;
  /** Of each connection, when a write was acknowledged after SIGCONT that the new primary has not got. In milliseconds. */
  readonly strays: readonly (readonly number[])[];
  /** How many such writes WAIT had confirmed. */
  readonly confirmedStrays: number;
  /** How many writes were acknowledged after SIGCONT, and are there: a replica had them before all was frozen. */
  readonly kept: number;
}

/** As long as the manager, frozen with its server, may take to close the gate when both go on. */
const strayWithinMs = 20;

/**
 * The primary's whole container is stopped in the middle of its clients' writes, replaced, and let go on: what was in
 * its sockets it may still acknowledge before it knows better. None of that may count as replicated.
 */
export async function measureFailoverFreeze(): Promise<void> {
  await withRig('freeze', async (rig) => {
    const seen: Round[] = [];
    while (seen.length < rounds) seen.push(await freeze(rig));
    tell(seen);
  });
}

async function freeze(rig: Rig): Promise<Round> {
  const before = await lineup(rig);
  const stopping = new AbortController();
  const held = holdConnections(rig, before, { replicas: 0, signal: stopping.signal });
  const confirmed = holdConnections(rig, before, { replicas: 1, signal: stopping.signal });
  const watch = watchForSuccessor(
    before.survivors.map(({ address }) => address),
    rig.password,
  );
  const end = async (): Promise<void> => {
    signalAll(before.primary.pids, 'SIGCONT');
    stopping.abort();
    await watch.stop();
    await aftermath(rig, before);
  };
  const thawed = await endingWith(end, () => freezeAndThaw(before, watch));
  const late = [...held, ...confirmed].map((writes) => writes.filter(({ at }) => at > thawed.thawedAt));
  const kept = await presentOf(rig, late.flat());
  const strays = late.map((writes) =>
    writes.filter(({ key }) => !kept.has(key)).map(({ at }) => at - thawed.thawedAt),
  );
  return {
    atPod: thawed.atPod,
    strays: strays.slice(0, held.length),
    confirmedStrays: strays.slice(held.length).flat().length,
    kept: kept.size,
  };
}

async function freezeAndThaw(
  { primary }: Lineup,
  watch: SuccessorWatch,
): Promise<{ readonly atPod: number | undefined; readonly thawedAt: number }> {
  await atRandom();
  const frozenAt = monotonicMs();
  signalAll(primary.pids, 'SIGSTOP');
  const successor = await watch.within(limitSeconds);
  // Whoever goes on asking survivors would note the answers of the thawed primary late.
  await watch.stop();
  const thawedAt = successor === undefined ? Number.POSITIVE_INFINITY : monotonicMs();
  signalAll(primary.pids, 'SIGCONT');
  await sleep(listenMs);
  return { atPod: successor === undefined ? undefined : successor.at - frozenAt, thawedAt };
}

async function endingWith<Result>(end: () => Promise<void>, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } finally {
    await end();
  }
}

/** The keys of those writes that the new primary has. */
async function presentOf(rig: Rig, writes: readonly Write[]): Promise<ReadonlySet<string>> {
  const leader = await rig.cluster.connect(rig.leaderService);
  const keys = writes.map(({ key }) => key);
  const values = keys.length === 0 ? [] : await leader.mget(keys);
  leader.disconnect();
  return new Set(keys.filter((_, index) => values[index] !== null));
}

function holdConnections(
  rig: Rig,
  { primary, term }: Lineup,
  { replicas, signal }: Omit<Holding, 'book'>,
): readonly (readonly Write[])[] {
  const target = { host: primary.address, password: rig.password };
  return Array.from({ length: connections }, (_, connection) =>
    holdConnection(target, { book: `freeze:${term}:${replicas}:${connection}`, replicas, signal }),
  );
}

function tell(seen: readonly Round[]): void {
  const atPod = seen.map((round) => round.atPod).filter((value) => value !== undefined);
  const perConnection = seen.flatMap((round) => round.strays);
  const strays = perConnection.flat();
  const with_ = (least: number): number => perConnection.filter(({ length }) => length >= least).length;
  printTail('SIGSTOP of the pod to a write', atPod, 'target: p99 3.5 s');
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  printCount('connections with a stray write', with_(1), perConnection.length, 'of what lay in its socket');
  printCount('connections with more than one', with_(2), perConnection.length, 'target: 0');
  printTail('a stray write after SIGCONT', strays, `target: ${strayWithinMs} ms at most`);
  const late = strays.filter((at) => at > strayWithinMs).length;
  printCount(`strays later than ${strayWithinMs} ms`, late, strays.length, 'target: 0');
  const confirmed = seen.reduce((sum, round) => sum + round.confirmedStrays, 0);
  printCount('of those that WAIT 1 confirmed', confirmed, seen.length * connections, 'target: 0');
  const kept = seen.reduce((sum, round) => sum + round.kept, 0);
  printCount(
    'acknowledged after SIGCONT, and kept',
    kept,
    seen.length * 2 * connections,
    'replicated before',
  );
}
