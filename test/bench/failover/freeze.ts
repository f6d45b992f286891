import { setTimeout as sleep } from 'node:timers/promises';
import { printCount, printTail } from '../figures.ts';
import { signalAll } from './members.ts';
import { monotonicMs } from './monotonic.ts';
import { aftermath, atRandom, type Lineup, limitSeconds, lineup, type Rig, withRig } from './rig.ts';
import { watchForSuccessor } from './successor.ts';
import { pinned, type Target, withConnection } from './writer.ts';

const rounds = 20;
const connections = 16;
/** How long the thawed primary is listened to: until then its manager has found out, or never will. */
const listenMs = 3000;

/** One connection to the frozen primary. */
interface Held {
  /** When OK came, and when WAIT 1 answered that a replica has it. */
  readonly acknowledged: number[];
  readonly replicated: number[];
}

interface Round {
  readonly atPod: number | undefined;
  /** Stray writes of each connection, and when they were acknowledged after SIGCONT, in milliseconds. */
  readonly strays: readonly (readonly number[])[];
  readonly replicatedStrays: number;
}

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
  const held = holdConnections(rig, before, stopping.signal);
  const watch = watchForSuccessor(
    before.survivors.map(({ address }) => address),
    rig.password,
  );
  try {
    await atRandom();
    const frozenAt = monotonicMs();
    signalAll(before.primary.pids, 'SIGSTOP');
    const successor = await watch.within(limitSeconds);
    const thawedAt = monotonicMs();
    signalAll(before.primary.pids, 'SIGCONT');
    await sleep(listenMs);
    const late = (times: readonly number[]): readonly number[] =>
      successor === undefined ? [] : times.filter((at) => at > thawedAt).map((at) => at - thawedAt);
    return {
      atPod: successor === undefined ? undefined : successor.at - frozenAt,
      strays: held.map(({ acknowledged }) => late(acknowledged)),
      replicatedStrays: held.flatMap(({ replicated }) => late(replicated)).length,
    };
  } finally {
    signalAll(before.primary.pids, 'SIGCONT');
    stopping.abort();
    await watch.stop();
    await aftermath(rig, before);
  }
}

function holdConnections(rig: Rig, { primary }: Lineup, signal: AbortSignal): readonly Held[] {
  return Array.from({ length: connections }, () => {
    const held: Held = { acknowledged: [], replicated: [] };
    void hold({ host: primary.address, password: rig.password }, held, signal);
    return held;
  });
}

/** Over one connection, never another: one write with its WAIT after the other, however long the answers take. */
async function hold(target: Target, { acknowledged, replicated }: Held, signal: AbortSignal): Promise<void> {
  const patient = { ...pinned, answerWithinMs: undefined };
  await withConnection(target, patient, signal, async (client) => {
    while (!signal.aborted) {
      const written = client.set('bench', monotonicMs()).then(() => acknowledged.push(monotonicMs()));
      const waited = client.wait(1, 1000).then((count) => {
        if (count >= 1) replicated.push(monotonicMs());
      });
      await Promise.all([written, waited]);
      await sleep(10);
    }
  });
}

function tell(seen: readonly Round[]): void {
  const atPod = seen.map((round) => round.atPod).filter((value) => value !== undefined);
  const perConnection = seen.flatMap((round) => round.strays);
  const strays = perConnection.flat();
  const most = Math.max(0, ...perConnection.map(({ length }) => length));
  const touched = perConnection.filter(({ length }) => length > 0).length;
  printTail('SIGSTOP of the pod to a write', atPod, 'target: 5 s');
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  printCount('connections with stray writes', touched, perConnection.length, `at most ${most} on one`);
  printTail('a stray write after SIGCONT', strays, `${strays.length} strays in all`);
  const replicated = seen.reduce((sum, round) => sum + round.replicatedStrays, 0);
  printCount('of those, with WAIT 1', replicated, strays.length, 'target: 0');
}
