import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Says again and again how many milliseconds a piece of work took that is always the same: as one number a line, until its
 * standard input ends.
 */
const text = JSON.stringify(
  Array.from({ length: 2000 }, (_, number) => ({ number, name: `name-${number}` })),
);

process.stdin.on('end', () => process.exit(0)).resume();
for (;;) {
  const begun = performance.now();
  for (let round = 0; round < 25; round += 1) JSON.parse(text);
  console.log(Math.round(performance.now() - begun));
  await sleep(1000);
}
