import { parentPort } from 'node:worker_threads';
import { play } from './story.ts';

/** What became of the story of one seed. */
export interface Outcome {
  readonly seed: number;
  /** The rule that was broken, and how; undefined when all held. */
  readonly broken: string | undefined;
  readonly acknowledged: number;
}

/** Plays the seeds it is given, one message each, and answers what became of them. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a thread of players.ts');
// Most errors of a story are questions without an answer, and nobody looks at where they were asked.
Error.stackTraceLimit = 0;
port.on('message', (seed: number) => {
  const tell = (broken: string | undefined, acknowledged: number): void =>
    port.postMessage({ seed, broken, acknowledged } satisfies Outcome);
  play(seed).then(
    ({ broken, acknowledged }) => tell(broken?.message, acknowledged),
    (failure) => tell(`the story itself failed: ${String(failure)}`, 0),
  );
});
