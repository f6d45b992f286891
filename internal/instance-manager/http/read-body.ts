import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';

/** A command is a handful of short fields: 200 bytes. */
export const largestBody = 4096;
/** It comes in one piece with its headers, unless somebody holds it back. */
export const bodyLimit = seconds(2);

export type Body =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'tooSlow' };

/** Reads what a caller sends, up to `largestBody` bytes and for no longer than `bodyLimit`. */
export async function readBody(request: IncomingMessage, clock: Clock): Promise<Body> {
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  const chunks: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > largestBody) resolve({ kind: 'tooLarge' });
    else chunks.push(chunk);
  };
  const cancel = clock.schedule(bodyLimit, () => resolve({ kind: 'tooSlow' }));
  request.on('data', take);
  request.once('end', () => resolve({ kind: 'read', text: Buffer.concat(chunks).toString('utf8') }));
  request.once('error', reject);
  try {
    return await promise;
  } finally {
    cancel();
    request.off('data', take);
  }
}
