import { missingPrograms, programFolders } from './binaries.ts';
import type { Machine } from './provider.ts';
import { run } from './run.ts';

/** Finds out what this machine offers. */
export async function inspectMachine(): Promise<Machine> {
  const missing = missingPrograms(programFolders(process.env));
  // Nobody needs to know about these when there is nothing to build.
  const [docker, kind, go] = await Promise.all(
    [
      ['docker', 'version'],
      ['kind', 'version'],
      ['go', 'version'],
    ].map((command) => missing.length > 0 && works(command)),
  );
  return {
    environment: process.env,
    linux: process.platform === 'linux',
    root: process.getuid?.() === 0,
    missingPrograms: missing,
    kindUsable: docker === true && kind === true,
    goInstalled: go === true,
  };
}

/** A program that is not installed does not work either. */
async function works(command: readonly string[]): Promise<boolean> {
  try {
    await run(command);
    return true;
  } catch {
    return false;
  }
}
