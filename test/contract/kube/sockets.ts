import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** How many sockets this process holds that are, or were, connected to `port`, as the kernel counts them. */
export function socketsTo(port: number): number {
  const held = heldInodes();
  const table = readFileSync('/proc/self/net/tcp', 'utf8').trim().split('\n').slice(1);
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = table.flatMap((line) => {
    const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    return remote.endsWith(suffix) ? [inode] : [];
  });
  return inodes.filter((inode) => held.has(inode)).length;
}

function heldInodes(): ReadonlySet<string> {
  const inodes = readdirSync('/proc/self/fd').map((descriptor) => inodeOf(`/proc/self/fd/${descriptor}`));
  return new Set(inodes.filter((inode) => inode !== undefined));
}

function inodeOf(path: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1];
  } catch {
    return undefined; // The one by which the folder is read is closed by now.
  }
}
