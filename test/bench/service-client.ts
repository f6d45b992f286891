import { keepWriting } from './failover/writer.ts';

/**
 * Writes every few milliseconds to HOST, until it is ended, and prints each acknowledged write as a line of JSON.
 * Usage: node test/bench/service-client.ts HOST pod|service, started inside the network namespace it is to write from;
 * the password is in its environment.
 */
const [host = '', kind = ''] = process.argv.slice(2);
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
// Whoever started it is gone.
process.stdin.resume().on('close', () => stopping.abort());

const common = { everyMs: 5, retryAfterMs: 3, connectWithinMs: 50 };
const paces = {
  // As a client library does: what refuses writes is no longer the leader, and what does not answer is left.
  service: { ...common, answerWithinMs: 250, refused: 'connect anew' },
  // Stays with its pod whatever happens.
  pod: { ...common, answerWithinMs: undefined, refused: 'ask again' },
} as const;

await keepWriting(
  { host, password: process.env['REDIS_PASSWORD'] },
  kind === 'pod' ? paces.pod : paces.service,
  (write) => console.log(JSON.stringify(write)),
  stopping.signal,
);
process.exit(0);
