import { parentPort } from 'node:worker_threads';
import { repertoire } from './repertoire.ts';

/** What is played, and with what; the answer is how that went. */
export interface Request {
  readonly name: keyof typeof repertoire;
  readonly given: readonly unknown[];
}
export type Answer = { readonly value: unknown } | { readonly failure: string };

/** Plays what it is asked for, one message each, and answers what became of it. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a thread of players.ts');
// Most errors of a story are questions without an answer, and nobody looks at where they were asked.
Error.stackTraceLimit = 0;
port.on('message', ({ name, given }: Request) => {
  // Players let nobody ask for what does not fit.
  const play = repertoire[name] as (...given: readonly unknown[]) => Promise<unknown>;
  const answer = (what: Answer): void => port.postMessage(what);
  play(...given).then(
    (value) => answer({ value }),
    (failure) => answer({ failure: `the story itself failed: ${String(failure)}` }),
  );
});
