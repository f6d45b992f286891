import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inflict } from './inflict.ts';
import { Ledger } from './ledger.ts';
import { RecentLog } from './recent-log.ts';
import { scheduleOf } from './schedule.ts';
import { World } from './world.ts';
import { countDoubleWriters } from './writers.ts';

/** What became of one schedule. */
export interface Verdict {
  readonly seed: number;
  /** Nothing may be in here. */
  readonly troubles: readonly string[];
  readonly lostOfA: number;
  /** What the record of the last failover says may be lost, where one failover alone was made and it says so. */
  readonly boundOfA: number | undefined;
  /** It took longer than `promptSeconds` to become Healthy. */
  readonly slow: boolean;
  /** How often somebody was appointed. */
  readonly appointments: number;
  readonly written: { readonly a: number; readonly w: number };
}

/** As long as the hardest of the scenarios may take. What takes longer is told; what never settles has failed. */
export const promptSeconds = 30;
const settleSeconds = 120;
/** The shortest entry of ledger A in the replication stream: `*3 $3 set $6 A0:1:0 $1 0`, each with its line ends. */
const leastBytesOfAWrite = 30;
/** Each waits for a replica at every write: three write as much as one of ledger A. */
const clientsOfW = 3;

/** Plays these on one world, until one of them fails: what comes after that would be its fault. Tells each verdict. */
export async function playSome(
  engine: { readonly name: string; readonly searchPath: string },
  seeds: readonly number[],
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const log = new RecentLog();
  const world = await World.start(engine.searchPath, log);
  for (const seed of seeds) {
    log.forget();
    const verdict = await play(world, seed);
    tell(verdict);
    if (verdict.troubles.length === 0) continue;
    log.writeTo(join('dist', 'schedules', `${engine.name}-${seed}.log`));
    break;
  }
  await world.end();
}

async function play(world: World, seed: number): Promise<Verdict> {
  const stopping = new AbortController();
  const { term: termBefore = 0 } = world.status;
  const a = new Ledger('A', seed, 0);
  const w = Array.from({ length: clientsOfW }, (_, client) => new Ledger('W', seed, client));
  const clients = [a, ...w].map((ledger) => ledger.keep(world, stopping.signal));
  const watching = countDoubleWriters(world, stopping.signal);
  const faults = scheduleOf(seed).map(async ({ atMs, fault }) => {
    await sleep(atMs);
    await inflict(world, fault);
  });
  await Promise.all(faults);
  const healing = performance.now();
  const unsettled = await world.healthy(settleSeconds).then(
    () => [],
    () => [`not Healthy after ${settleSeconds} s: ${world.complaints.join('; ')}`],
  );
  const slow = performance.now() - healing > promptSeconds * 1000;
  stopping.abort();
  await Promise.all(clients);
  const doubles = await watching;
  const { term = 0, lastFailover } = world.status;
  const appointments = term - termBefore;
  const boundOfA = appointments === 1 ? lastFailover?.lostBytesUpperBound : undefined;
  const written = { a: a.acknowledged.length, w: sum(w.map(({ acknowledged }) => acknowledged.length)) };
  const seen = { seed, slow, appointments, boundOfA, written };
  if (unsettled.length > 0) return { ...seen, troubles: unsettled, lostOfA: 0 };
  const lostOfA = await a.lost(world);
  const lostOfW = sum(await Promise.all(w.map((ledger) => ledger.lost(world))));
  const troubles = [
    ...(lostOfW > 0 ? [`lost ${lostOfW} of ${written.w} writes that a replica had acknowledged`] : []),
    ...(doubles > 0 ? [`two writers, seen ${doubles} times`] : []),
    ...(lostOfA * leastBytesOfAWrite > (boundOfA ?? Number.POSITIVE_INFINITY)
      ? [`lost ${lostOfA} writes of ledger A, where the record says ${boundOfA} bytes at most`]
      : []),
  ];
  return { ...seen, troubles, lostOfA };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
