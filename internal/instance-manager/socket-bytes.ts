import { readFile } from 'node:fs/promises';
import type { SocketBytes } from '../control/protocol.ts';

/** As the kernel has it for this pod; undefined where it does not tell. redis-server sets no size of its own. */
export async function readSocketBytes(folder = '/proc/sys/net/ipv4'): Promise<SocketBytes | undefined> {
  const [send, receive] = await Promise.all(
    ['tcp_wmem', 'tcp_rmem'].map((name) => largestIn(`${folder}/${name}`)),
  );
  return send === undefined || receive === undefined ? undefined : { send, receive };
}

/** Least, usual and largest, in one line. */
async function largestIn(file: string): Promise<number | undefined> {
  try {
    const largest = Number((await readFile(file, 'utf8')).trim().split(/\s+/)[2]);
    return Number.isSafeInteger(largest) && largest > 0 ? largest : undefined;
  } catch {
    return undefined;
  }
}
