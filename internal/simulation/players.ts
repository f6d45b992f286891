import { Worker } from 'node:worker_threads';
import type { Outcome } from './player.ts';

/** Plays the stories of `count` seeds from `first` on, in that many threads at once; `onOutcome` hears of each as it ends. */
export async function playSeeds(
  { first, count }: { readonly first: number; readonly count: number },
  threads: number,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  let next = first;
  const take = (): number | undefined => {
    if (next >= first + count) return undefined;
    next += 1;
    return next - 1;
  };
  await Promise.all(Array.from({ length: threads }, () => playInThread(take, onOutcome)));
}

async function playInThread(
  take: () => number | undefined,
  onOutcome: (outcome: Outcome) => void,
): Promise<void> {
  const worker = new Worker(new URL('./player.ts', import.meta.url), {
    // Nearly all that a story makes dies young.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const give = (): void => {
    const seed = take();
    if (seed === undefined) resolve();
    else worker.postMessage(seed);
  };
  worker.on('error', reject);
  worker.on('message', (outcome: Outcome) => {
    onOutcome(outcome);
    give();
  });
  give();
  await promise;
  await worker.terminate();
}
