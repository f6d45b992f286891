import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { getObjects } from './api.ts';

const run = promisify(execFile);

/** What a kubectl command prints. Rejects with what it says when it fails. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('kubectl', [...args], { maxBuffer: 64 * 1024 * 1024, timeout: 300_000 });
  return stdout;
}

/** kubectl with a manifest on its standard input. */
export async function kubectlWith(manifest: unknown, ...args: readonly string[]): Promise<string> {
  const running = run('kubectl', [...args, '-f', '-'], { timeout: 60_000 });
  running.child.stdin?.end(JSON.stringify(manifest));
  return (await running).stdout;
}

/** What kubectl, or the API server itself, said when it was refused. Fails when it was not. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (failure) {
    return failure instanceof Error && 'stderr' in failure ? String(failure.stderr) : String(failure);
  }
  throw new Error('this was to be refused, and was not');
}

/** One object, or a list of them, named as for kubectl. */
export async function getJson<Shape>(...args: readonly string[]): Promise<Shape> {
  return (await getObjects(args)) as Shape;
}
