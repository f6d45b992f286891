import { readFile } from 'node:fs/promises';
import { OperatorError } from '../errors.ts';
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

  /**
   * Undefined when another kind of credential is used. A file that cannot be read leaves us the token that we have, for as
   * long as it is not refused; rejects with the KubeError `unauthorized` when we have none.
   */
  async current(): Promise<string | undefined> {
    if (this.#credentials.kind === 'token') return this.#credentials.token;
    if (this.#credentials.kind !== 'tokenFile') return undefined;
    const now = this.#clock.monotonic();
    const held = this.#held;
    if (held !== undefined && between(held.readAt, now) < rereadAfter) return held.token;
    try {
      const token = (await readFile(this.#credentials.path, 'utf8')).trim();
      this.#held = { token, readAt: now };
      return token;
    } catch (cause) {
      if (held !== undefined) return held.token;
      const details = { code: 'unauthorized', status: undefined, retryAfterSeconds: undefined } as const;
      throw new OperatorError(details, `the token in ${this.#credentials.path} cannot be read`, { cause });
    }
  }

  /** The API server refused the token: the next call reads the file again. True when that may help. */
  refused(): boolean {
    this.#held = undefined;
    return this.#credentials.kind === 'tokenFile';
  }
}
