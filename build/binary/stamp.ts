import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';

const inputs = ['{api,cmd,internal}/**/*.ts', 'build/binary/*.ts', 'build/binary.ts', 'package-lock.json'];

/** Whether what lies at `root` was made from what lies here now. */
export function isFresh(root: string, commit: string): boolean {
  const path = stampPath(root);
  return existsSync(path) && existsSync(root) && readFileSync(path, 'utf8') === fingerprint(commit);
}

export const markFresh = (root: string, commit: string): void =>
  writeFileSync(stampPath(root), fingerprint(commit));

const stampPath = (root: string): string => `${root}.stamp`;

function fingerprint(commit: string): string {
  const hash = createHash('sha256').update(commit);
  for (const path of globSync(inputs).sort()) hash.update(path).update(readFileSync(path));
  return hash.digest('hex');
}
