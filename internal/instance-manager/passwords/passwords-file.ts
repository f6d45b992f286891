import { readFile, rename, writeFile } from 'node:fs/promises';
import { moment } from '../../time/units.ts';
import { wordsOf } from '../redis/config.ts';
import type { Passwords } from './decide.ts';

/**
 * What this instance knows of passwords, on the volume in memory: for the manager that takes the place of this one, and for
 * the next start of the container. Moments hold on, they are counted from when the machine started.
 */
export class PasswordsFile {
  readonly #path: string;
  readonly #conf: string;

  /** `conf` is the redis.conf of the last start, in which managers before this version have left the password alone. */
  constructor(path: string, conf: string) {
    this.#path = path;
    this.#conf = conf;
  }

  /** Undefined before there was any. */
  async read(): Promise<Passwords | undefined> {
    return parsePasswords(await textIn(this.#path)) ?? passwordOfConf(await textIn(this.#conf));
  }

  async write(passwords: Passwords): Promise<void> {
    const draft = `${this.#path}.new`;
    await writeFile(draft, JSON.stringify(passwords), { mode: 0o600 });
    await rename(draft, this.#path);
  }
}

const textIn = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Undefined for anything else than what was written by `write`. */
export function parsePasswords(text: string): Passwords | undefined {
  const { current, former } = fieldsIn(text);
  if (typeof current !== 'string' || current === '' || !Array.isArray(former)) return undefined;
  const parsed = former.flatMap((one: unknown) => {
    const { password, until } = Object(one) as { password?: unknown; until?: unknown };
    return typeof password === 'string' && typeof until === 'number'
      ? [{ password, until: moment(until) }]
      : [];
  });
  return { current, former: parsed };
}

function fieldsIn(text: string): { readonly current?: unknown; readonly former?: unknown } {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}

/** What redis-server was started with. */
export function passwordOfConf(conf: string): Passwords | undefined {
  const [, value = ''] = /^requirepass ([^\n]+)$/m.exec(conf) ?? [];
  const [current = ''] = wordsOf(value);
  return current === '' ? undefined : { current, former: [] };
}
