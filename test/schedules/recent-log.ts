import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../../internal/log/logger.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What everybody has logged since `forget`: only worth a file when something went wrong. */
export class RecentLog implements Logger {
  readonly #lines: string[];
  readonly #fields: Fields;

  constructor(lines: string[] = [], fields: Fields = {}) {
    this.#lines = lines;
    this.#fields = fields;
  }

  debug(message: string, fields?: Fields): void {
    this.#note('debug', message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.#note('info', message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.#note('warn', message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#note('error', message, fields);
  }

  child(fields: Fields): Logger {
    return new RecentLog(this.#lines, { ...this.#fields, ...fields });
  }

  forget(): void {
    this.#lines.length = 0;
  }

  writeTo(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${this.#lines.join('\n')}\n`);
  }

  #note(level: string, message: string, fields: Fields = {}): void {
    const at = new Date().toISOString();
    this.#lines.push(JSON.stringify({ at, level, message, ...this.#fields, ...fields }));
  }
}
