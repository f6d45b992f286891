import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * For each line of its standard input it says, as one number a line, how many milliseconds a piece of work took that is always
 * the same, and then rests for a while.
 */
const text = JSON.stringify(
  Array.from({ length: 2000 }, (_, number) => ({ number, name: `name-${number}` })),
);

function work(rounds: number): void {
  for (let round = 0; round < rounds; round += 1) JSON.parse(text);
}

for await (const _ of createInterface({ input: process.stdin })) {
  // Whoever has slept finds nothing in the processor's caches: on some machines the first rounds take ten times as long (measured).
  work(50);
  const begun = performance.now();
  work(25);
  console.log(Math.round(performance.now() - begun));
  await sleep(1000);
}
