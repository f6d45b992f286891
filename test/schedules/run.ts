import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { engineProgramFolder, engines } from '../cluster/engines/engines.ts';
import { promptSeconds, type Verdict } from './play.ts';
import { scheduleOf, tell } from './schedule.ts';
import type { Task } from './worker.ts';

/**
 * Random schedules of faults against three real instances under the real operator, with only Kubernetes in memory.
 * After each the cluster must become Healthy by itself, have lost nothing of ledger W, and never have had two writers.
 * What ledger A lost is told. Usage: node test/schedules/run.ts [--count 300] [--seed 1] [--engine redis|valkey]
 * [--jobs 4]; --seed with --count 1 repeats a schedule. The faults are the same again; what they meet is as chance has it.
 */
const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'redis' },
    // A schedule mostly waits: for its faults, and for what follows from them.
    jobs: { type: 'string', default: String(2 * availableParallelism()) },
  },
});
/** Many schedules for each cluster, so that they meet one with a past; not so many that one failure spoils the rest. */
const schedulesPerWorld = 10;

const totals = {
  schedules: 0,
  failed: 0,
  slow: 0,
  faults: 0,
  appointments: 0,
  bounded: 0,
  a: 0,
  w: 0,
  lostOfA: 0,
  lossy: 0,
};
const workers = new Set<ReturnType<typeof fork>>();

async function main(): Promise<boolean> {
  const engine = engines.find(({ name }) => name === flags.engine);
  if (engine === undefined) throw new Error(`there is no engine ${flags.engine}`);
  const searchPath = await engineProgramFolder(engine);
  const [first, count] = [Number(flags.seed), Number(flags.count)];
  const seeds = Array.from({ length: count }, (_, index) => first + index);
  const take = (): readonly number[] => seeds.splice(0, schedulesPerWorld);
  const started = performance.now();
  const job = async (): Promise<void> => {
    for (let some = take(); some.length > 0; some = take()) {
      const left = await runSome({ engine: { name: engine.name, searchPath }, seeds: some });
      seeds.unshift(...left);
      console.log(`  ${totals.schedules} of ${count} schedules, ${totals.failed} failed`);
    }
  };
  await Promise.all(Array.from({ length: Number(flags.jobs) }, job));
  const { failed, slow, faults, appointments, bounded, a, w, lostOfA, lossy } = totals;
  const took = `${((performance.now() - started) / 60_000).toFixed(1)} min`;
  console.log(`${count} schedules of ${faults} faults on ${engine.name} ${engine.version}: ${failed} failed`);
  console.log(`  ${appointments} appointments, ${took}, ${flags.jobs} at once`);
  console.log(`  ${slow} took more than ${promptSeconds} s to become Healthy again`);
  console.log(
    `  ${a + w} writes were acknowledged: ${w} of ledger W, none of them lost in what did not fail;`,
  );
  console.log(`  ${a} of ledger A, ${lostOfA} of them lost, in ${lossy} schedules`);
  console.log(`  the record told how many bytes were lost at most in ${bounded} schedules, and held`);
  return failed === 0;
}

/** In a process of its own. Resolves to the seeds that were not played: those after one that failed. */
async function runSome(task: Task): Promise<readonly number[]> {
  const left = new Set(task.seeds);
  const worker = fork(new URL('./worker.ts', import.meta.url));
  workers.add(worker);
  worker.on('message', (verdict: Verdict) => {
    left.delete(verdict.seed);
    add(verdict);
  });
  worker.send(task);
  const [code] = (await once(worker, 'exit')) as [number | null];
  workers.delete(worker);
  if (code === 0) return [...left];
  const [broken = 0, ...rest] = left;
  add({ seed: broken, troubles: [`its process ended with ${code}`], ...nothing });
  return rest;
}

const nothing = { slow: false, lostOfA: 0, boundOfA: undefined, appointments: 0, written: { a: 0, w: 0 } };

function add({ seed, slow, troubles, lostOfA, boundOfA, appointments, written }: Verdict): void {
  totals.schedules += 1;
  totals.failed += Number(troubles.length > 0);
  totals.slow += Number(slow);
  totals.faults += scheduleOf(seed).length;
  totals.appointments += appointments;
  totals.bounded += Number(boundOfA !== undefined);
  totals.a += written.a;
  totals.w += written.w;
  totals.lostOfA += lostOfA;
  totals.lossy += Number(lostOfA > 0);
  if (troubles.length > 0)
    console.log(`✗ seed ${seed}: ${troubles.join('; ')}\n    ${tell(scheduleOf(seed))}`);
}

process.on('exit', () => {
  for (const worker of workers) worker.kill('SIGTERM');
});
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));
process.exit((await main()) ? 0 : 1);
