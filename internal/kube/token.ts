import { readFile } from 'node:fs/promises';
import type { Clock } from '../time/clock.ts';
import { between, type Moment, minutes } from '../time/units.ts';
import type { Credentials } from './config.ts';

/**
 * How long a token that was read is used before its file is read again. The kubelet renews a token at 80 % of its life,
 * 10 minutes at least, so that the old one is good for 2 minutes more.
 */
const rereadAfter = minutes(1);

/** The bearer token, read anew from its file as it rotates. */
export class TokenSource {
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  #held: { readonly token: string; readonly readAt: Moment } | undefined;

  constructor(credentials: Credentials, clock: Clock) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** Undefined when another kind of credential is used. */
  async current(): Promise<string | undefined> {
    if (this.#credentials.kind === 'token') return this.#credentials.token;
    if (this.#credentials.kind !== 'tokenFile') return undefined;
    const now = this.#clock.monotonic();
    if (this.#held === undefined || between(this.#held.readAt, now) >= rereadAfter) {
      const token = (await readFile(this.#credentials.path, 'utf8')).trim();
      this.#held = { token, readAt: now };
    }
    return this.#held.token;
  }

  /** The API server refused the token: the next call reads the file again. True when that may help. */
  refused(): boolean {
    this.#held = undefined;
    return this.#credentials.kind === 'tokenFile';
  }
}
