import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';

/** A command is a handful of short fields: 200 bytes. */
export const largestBody = 4096;
/** It comes in one piece with its headers, unless somebody holds it back. */
export const bodyLimit = seconds(2);

export type Body =
  /** `rest`: what has come after it already. */
  | { readonly kind: 'read'; readonly text: string; readonly rest: Buffer }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'tooSlow' };

/**
 * Reads what a caller sends, up to its end or the first line feed, up to `largestBody` bytes, and for no longer than
 * `bodyLimit`. What comes after a line feed waits.
 */
export async function readBody(
  request: IncomingMessage,
  upTo: 'end' | 'lineFeed',
  clock: Clock,
): Promise<Body> {
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  let taken = Buffer.alloc(0);
  const tell = (end: number, rest: number): void => {
    if (end > largestBody) resolve({ kind: 'tooLarge' });
    else resolve({ kind: 'read', text: taken.toString('utf8', 0, end), rest: taken.subarray(rest) });
  };
  const take = (chunk: Buffer): void => {
    taken = Buffer.concat([taken, chunk]);
    const end = upTo === 'lineFeed' ? taken.indexOf(lineFeed) : -1;
    if (end >= 0) {
      request.pause();
      tell(end, end + 1);
    } else if (taken.length > largestBody) resolve({ kind: 'tooLarge' });
  };
  const ended = (): void => tell(taken.length, taken.length);
  const cancel = clock.schedule(bodyLimit, () => resolve({ kind: 'tooSlow' }));
  request.on('data', take);
  request.once('end', ended);
  request.once('error', reject);
  try {
    return await promise;
  } finally {
    cancel();
    request.off('data', take).off('end', ended).off('error', reject);
  }
}

const lineFeed = 0x0a;
