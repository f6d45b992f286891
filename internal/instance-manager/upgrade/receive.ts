import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { describeError } from '../../errors.ts';
import { notNow, type Refusal, unfit } from './refusal.ts';

/** What a binary must be, as whoever sends it says. */
export interface Expected {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

const executable = 0o755;

/**
 * Writes what comes to `path`, piece by piece: a pod has not the memory for all of it. Undefined once it lies there and is
 * what it should be; otherwise the reason why not, and nothing lies there. What has not come when `limit` aborts may be sent again.
 */
export async function receive(
  binary: AsyncIterable<Buffer>,
  path: string,
  expected: Expected,
  limit: AbortSignal,
): Promise<Refusal | undefined> {
  const why = await write(inTime(binary, limit), path, expected).catch(whyNotWritten);
  if (why === undefined) return undefined;
  await rm(path, { force: true }).catch(() => undefined);
  return limit.aborted ? notNow(why) : unfit(why);
}

/** The folder of a pod that an earlier version of the operator has made. */
const whyNotWritten = (failure: unknown): string =>
  failure instanceof Error && 'code' in failure && failure.code === 'EROFS'
    ? 'this pod was made so that its binary stays as it is: it takes another one when it is made anew'
    : describeError(failure);

async function write(
  binary: AsyncIterable<Buffer>,
  path: string,
  { bytes, sha256 }: Expected,
): Promise<string | undefined> {
  // One that was left there is perhaps being run.
  await rm(path, { force: true });
  const file = await open(path, 'wx', executable);
  const hash = createHash('sha256');
  let written = 0;
  try {
    for await (const piece of binary) {
      written += piece.length;
      if (written > bytes) return `the binary is longer than the ${bytes} bytes that were announced`;
      hash.update(piece);
      await file.writeFile(piece);
    }
    // Not for fear of a loss of power, after which the pod's folder is filled anew: a file system such as ext4 does it when a
    // file is renamed over another one, and that is when the manager answers nobody (40 ms, measured).
    await file.datasync();
  } finally {
    await file.close();
  }
  if (written < bytes) return `the binary has ${written} bytes, and ${bytes} were announced`;
  const found = hash.digest('hex');
  return found === sha256 ? undefined : `the SHA-256 of the binary is ${found}, and ${sha256} was announced`;
}

/** Whoever holds the rest back is not waited for. */
async function* inTime(binary: AsyncIterable<Buffer>, limit: AbortSignal): AsyncGenerator<Buffer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(new Error('the binary did not come in time'));
  limit.addEventListener('abort', giveUp, { once: true });
  if (limit.aborted) giveUp();
  late.catch(() => undefined);
  const pieces = binary[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([late, pieces.next()]);
    if (next.done === true) return;
    yield next.value;
  }
}
