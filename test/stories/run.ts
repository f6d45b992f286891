import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { play } from '../../internal/simulation/story.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { between } from '../../internal/time/units.ts';

/**
 * Plays fresh stories on all processors: node test/stories/run.ts COUNT [FIRST SEED]
 * or tells one of them: node test/stories/run.ts tell SEED
 */
interface Outcome {
  readonly seed: number;
  readonly broken: string | undefined;
  readonly lasted: number;
}

const [what = '1000', first] = process.argv.slice(2);
if (what === 'tell') await tell(Number(first));
else await playAll(Number(what), first === undefined ? freshSeed() : Number(first));

/** Another one each time: stories that nobody has played yet. */
function freshSeed(): number {
  return Math.floor(systemClock.now() % 1_000_000_000);
}

async function tell(seed: number): Promise<void> {
  const story = await play(seed);
  console.log(JSON.stringify(story.plan));
  for (const { at, text } of story.told) console.log(`${(at / 1000).toFixed(3).padStart(8)}  ${text}`);
  console.log(story.broken?.message ?? 'all is well');
  process.exitCode = story.broken === undefined ? 0 : 1;
}

async function playAll(count: number, from: number): Promise<void> {
  const started = systemClock.monotonic();
  console.log(`${count} stories from seed ${from} on`);
  let next = from;
  let done = 0;
  const failed: Outcome[] = [];
  const take = (): number | undefined => (next < from + count ? next++ : undefined);
  const finished = (outcome: Outcome): void => {
    done += 1;
    if (outcome.broken !== undefined) {
      failed.push(outcome);
      console.log(
        `✗ seed ${outcome.seed}: ${outcome.broken} (node test/stories/run.ts tell ${outcome.seed})`,
      );
    }
    if (done % Math.ceil(count / 20) === 0) {
      const passed = between(started, systemClock.monotonic()) / 1000;
      console.log(`${done} of ${count}, ${failed.length} failed, ${passed.toFixed(0)} s`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => runWorker(take, finished)));
  console.log(`${count - failed.length} of ${count} stories hold`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function runWorker(
  take: () => number | undefined,
  finished: (outcome: Outcome) => void,
): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const give = (): void => {
    const seed = take();
    if (seed === undefined) resolve();
    else worker.postMessage(seed);
  };
  worker.on('error', reject);
  worker.on('message', (outcome: Outcome) => {
    finished(outcome);
    give();
  });
  give();
  await promise;
  await worker.terminate();
}
