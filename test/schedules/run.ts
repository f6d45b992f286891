import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { engineProgramFolder, engines } from '../cluster/engines/engines.ts';
import { inflict, killServers } from './inflict.ts';
import { Ledger } from './ledger.ts';
import { RecentLog } from './recent-log.ts';
import { scheduleOf, tell } from './schedule.ts';
import { World } from './world.ts';
import { countDoubleWriters } from './writers.ts';

/**
 * Random schedules of faults against three real instances under the real operator, with only Kubernetes in memory.
 * After each the cluster must become Healthy by itself, have lost nothing of ledger W, and never have had two writers.
 * What ledger A lost is told. Usage: node test/schedules/run.ts [--count 300] [--seed 1] [--engine redis|valkey];
 * --seed with --count 1 repeats a schedule. The faults are the same again; what they meet is as chance has it.
 */
const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'redis' },
  },
});
/** Many schedules for each cluster, so that they meet one with a past; not so many that one failure spoils the rest. */
const schedulesPerWorld = 20;
/** As long as the hardest of the scenarios may take. */
const settleSeconds = 30;

interface Verdict {
  readonly troubles: readonly string[];
  readonly lostOfA: number;
  /** How often somebody was appointed. */
  readonly appointments: number;
  readonly written: { readonly a: number; readonly w: number };
}

async function runSchedule(world: World, seed: number): Promise<Verdict> {
  const stopping = new AbortController();
  const { term: termBefore = 0 } = world.status;
  const ledgers = { a: new Ledger('A', seed), w: new Ledger('W', seed) };
  const clients = Object.values(ledgers).map((ledger) => ledger.keep(world, stopping.signal));
  const watching = countDoubleWriters(world, stopping.signal);
  const faults = scheduleOf(seed).map(async ({ atMs, fault }) => {
    await sleep(atMs);
    await inflict(world, fault);
  });
  await Promise.all(faults);
  const unsettled = await world.healthy(settleSeconds).then(
    () => [],
    () => [`not Healthy after ${settleSeconds} s: ${world.complaints.join('; ')}`],
  );
  stopping.abort();
  await Promise.all(clients);
  const doubles = await watching;
  const appointments = (world.status.term ?? 0) - termBefore;
  const written = { a: ledgers.a.acknowledged.length, w: ledgers.w.acknowledged.length };
  if (unsettled.length > 0) return { troubles: unsettled, lostOfA: 0, appointments, written };
  const [lostOfA, lostOfW] = [await ledgers.a.lost(world), await ledgers.w.lost(world)];
  const troubles = [
    ...(lostOfW > 0 ? [`lost ${lostOfW} of ${written.w} writes that a replica had acknowledged`] : []),
    ...(doubles > 0 ? [`two writers, seen ${doubles} times`] : []),
  ];
  return { troubles, lostOfA, appointments, written };
}

interface Totals {
  schedules: number;
  failed: number;
  faults: number;
  appointments: number;
  a: number;
  w: number;
  lostOfA: number;
  lossy: number;
}

async function main(): Promise<boolean> {
  const engine = engines.find(({ name }) => name === flags.engine);
  if (engine === undefined) throw new Error(`there is no engine ${flags.engine}`);
  const searchPath = await engineProgramFolder(engine);
  const [first, count] = [Number(flags.seed), Number(flags.count)];
  const totals = { schedules: 0, failed: 0, faults: 0, appointments: 0, a: 0, w: 0, lostOfA: 0, lossy: 0 };
  while (totals.schedules < count) {
    const seeds = Array.from(
      { length: Math.min(schedulesPerWorld, count - totals.schedules) },
      (_, index) => first + totals.schedules + index,
    );
    await runSome(searchPath, seeds, totals);
    console.log(`  ${totals.schedules} of ${count} schedules, ${totals.failed} failed`);
  }
  const { failed, faults, appointments, a, w, lostOfA, lossy } = totals;
  console.log(`${count} schedules of ${faults} faults on ${engine.name} ${engine.version}: ${failed} failed`);
  console.log(`  ${appointments} appointments; ledger W: ${w} writes`);
  console.log(`  ledger A: ${a} writes, ${lostOfA} of them lost, in ${lossy} schedules`);
  return failed === 0;
}

/** On one world, until one of them fails: what comes after that would be its fault. */
async function runSome(searchPath: string, seeds: readonly number[], totals: Totals): Promise<void> {
  const log = new RecentLog();
  const world = await World.start(searchPath, log);
  for (const seed of seeds) {
    log.forget();
    const verdict = await runSchedule(world, seed);
    add(totals, seed, verdict);
    if (verdict.troubles.length === 0) continue;
    console.log(`✗ seed ${seed}: ${verdict.troubles.join('; ')}\n    ${tell(scheduleOf(seed))}`);
    log.writeTo(join('dist', 'schedules', `${flags.engine}-${seed}.log`));
    break;
  }
  await world.end();
}

function add(totals: Totals, seed: number, { troubles, lostOfA, appointments, written }: Verdict): void {
  totals.schedules += 1;
  totals.failed += Number(troubles.length > 0);
  totals.faults += scheduleOf(seed).length;
  totals.appointments += appointments;
  totals.a += written.a;
  totals.w += written.w;
  totals.lostOfA += lostOfA;
  totals.lossy += Number(lostOfA > 0);
}

// However we end, no server stays behind.
process.on('exit', killServers);
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));
process.exit((await main()) ? 0 : 1);
