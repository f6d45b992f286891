import { type SpawnOptions, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { OperatorError } from '../../internal/errors.ts';

export interface RunOptions {
  readonly folder?: string;
  /** Added to this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Given to the command as its standard input. */
  readonly input?: string;
}

export type CommandFailed = OperatorError<{
  readonly code: 'CommandFailed';
  readonly exitCode: number | null;
}>;

/**
 * Runs a program to its end and returns what it printed.
 * Throws CommandFailed, with what it said on standard error, unless it exits with 0.
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, spawnOptions(options));
  child.stdin?.on('error', () => undefined); // A program that ends before it has read its input says so by its exit code.
  child.stdin?.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [output, complaint, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (exitCode === 0) return output;
  const reason = (complaint.trim() || output.trim()).split('\n').slice(-15).join('\n');
  throw new OperatorError(
    { code: 'CommandFailed', exitCode },
    `"${command.slice(0, 6).join(' ')}" ended with ${exitCode}: ${reason}`,
  );
}

/** True if the program ends with 0. Throws only if it cannot be started. */
export async function succeeds(command: readonly string[], options: RunOptions = {}): Promise<boolean> {
  try {
    await run(command, options);
    return true;
  } catch (error) {
    if (error instanceof OperatorError) return false;
    throw error;
  }
}

function spawnOptions(options: RunOptions): SpawnOptions & { readonly stdio: 'pipe' } {
  return {
    stdio: 'pipe',
    // Not everybody's PATH leads to the programs that root uses.
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...options.environment },
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
  };
}
