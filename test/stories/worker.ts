import { parentPort } from 'node:worker_threads';
import { play } from '../../internal/simulation/story.ts';

/** Plays the seeds it is given, one message each, and answers what became of them. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker of run.ts');
port.on('message', (seed: number) => {
  play(seed).then(
    (story) => port.postMessage({ seed, broken: story.broken?.message, lasted: story.lasted }),
    (failure) => port.postMessage({ seed, broken: `the story itself failed: ${String(failure)}`, lasted: 0 }),
  );
});
