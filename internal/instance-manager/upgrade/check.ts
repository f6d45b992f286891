import { execFile } from 'node:child_process';
import { describeError } from '../../errors.ts';
import { preferForKilling } from '../process/prefer-for-killing.ts';
import { inheritanceFormat } from './inheritance.ts';
import { notNow, type Refusal, unfit } from './refusal.ts';
import { count, list, object, text } from './shape.ts';

/** What `manager check` prints: that this binary runs here as an instance manager, and what it could take over. */
export interface Abilities {
  readonly version: string;
  /** As Node names the processor: a machine may run a binary for another one, slowly. */
  readonly architecture: string;
  /** Of an inheritance. */
  readonly formats: readonly number[];
}

const shape = object({ version: text, architecture: text, formats: list(count) });

export interface Checked {
  readonly path: string;
  readonly version: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Is told its pid: nobody else may wait for its end. */
  onStart(pid: number): void;
}

/**
 * Why this binary cannot take the place of the manager that runs, by its own word; undefined when it can. One that has not said
 * so when `limit` aborts may do so when this machine has less to do.
 */
export async function tryOut(checked: Checked, limit: AbortSignal): Promise<Refusal | undefined> {
  let printed: string;
  try {
    printed = await run(checked, limit);
  } catch (failure) {
    if (limit.aborted) return notNow('the binary was not tried out in time');
    return unfit(`the binary does not run here: ${describeError(failure)}`.slice(0, longestReason));
  }
  const why = whyOthers(abilitiesIn(printed), checked);
  return why === undefined ? undefined : unfit(why);
}

/** It is told on one line, and in a status. */
const longestReason = 250;

function whyOthers(found: Abilities | undefined, { version, architecture }: Checked): string | undefined {
  if (found === undefined) return 'the binary does not say what it can do';
  if (found.version !== version)
    return `the binary is of version ${found.version}, and ${version} was announced`;
  if (found.architecture !== architecture) {
    return `the binary is for ${found.architecture}, and this machine is ${architecture}`;
  }
  return found.formats.includes(inheritanceFormat)
    ? undefined
    : `the binary cannot take over from this manager: it reads ${found.formats.join(', ')}, and this one leaves ${inheritanceFormat}`;
}

/** An answer is one short line. */
const longestAnswer = 4096;

/** Settles when it has ended, and not before: until then nobody else may wait for it. */
async function run({ path, environment, onStart }: Checked, limit: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { env: environment, maxBuffer: longestAnswer, killSignal: 'SIGKILL' } as const;
  const child = execFile(path, ['check'], options, (failure, printed) =>
    failure === null ? resolve(printed) : reject(failure),
  );
  if (child.pid !== undefined) {
    onStart(child.pid);
    void preferForKilling(child.pid);
  }
  // What it has started may outlive it, and keep its output open.
  const end = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill('SIGKILL');
  };
  limit.addEventListener('abort', end, { once: true });
  if (limit.aborted) end();
  return await promise;
}

function abilitiesIn(printed: string): Abilities | undefined {
  try {
    const found: unknown = JSON.parse(printed);
    return shape(found) ? (found as Abilities) : undefined;
  } catch {
    return undefined;
  }
}
