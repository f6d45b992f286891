import { describeError, OperatorError } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
import { type Duration, seconds } from '../../time/units.ts';
import { areSame, decidePasswords, type Passwords, taken } from './decide.ts';
import type { PasswordReading } from './read.ts';

export interface PasswordPorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a password is taken after it was replaced. */
  readonly grace: Duration;
  /** What lies in the Secret's file at the moment. */
  read(): Promise<PasswordReading>;
  /** What lies in the Secret itself: asked where there is no file. */
  readLive(signal: AbortSignal): Promise<PasswordReading>;
  readonly store: {
    read(): Promise<Passwords | undefined>;
    write(passwords: Passwords): Promise<void>;
  };
  /** redis-server answers: what is decided can be carried out. */
  runs(): boolean;
  /** Has the running redis-server take these from now on, and no others. */
  give(passwords: readonly string[], signal: AbortSignal): Promise<void>;
  /** Is told that redis-server takes another password than before. */
  onChanged(): void;
}

const answerLimit = seconds(5);

/**
 * The passwords of our own redis-server: what it takes follows the Secret's file, and whoever connects to it, ourselves
 * included, finds here what it takes. They are told to nobody.
 */
export class OwnPasswords {
  readonly #ports: PasswordPorts;
  /** What redis-server takes; while none runs, what the next one will. */
  #known: Passwords | undefined;
  /** The manager before this one may have ended before it had given them. */
  #given = false;
  #complaint: string | undefined;

  private constructor(ports: PasswordPorts, known: Passwords | undefined) {
    this.#ports = ports;
    this.#known = known;
  }

  /** With what the manager before this one, in this pod, knew. */
  static async load(ports: PasswordPorts): Promise<OwnPasswords> {
    return new OwnPasswords(ports, await ports.store.read());
  }

  /** To be tried in this order with any instance of the cluster; one that is there already is the file's newest. */
  async toTry(): Promise<readonly string[]> {
    const known = this.#known === undefined ? [] : taken(this.#known);
    const reading = await this.#ports.read();
    return reading.kind === 'found' ? [...new Set([...known, reading.password])] : known;
  }

  /** What a redis-server that is about to be started is to take, the newest first. Rejects when no password is known at all. */
  async atStart(): Promise<readonly string[]> {
    const reading = this.#heed(await this.#ports.read());
    const next = this.#decide(reading);
    if (next === undefined) {
      const why = reading.kind === 'found' ? 'it was not taken' : reading.because;
      throw new OperatorError({ code: 'noPassword' } as const, `there is no password to start with: ${why}`);
    }
    await this.#keep(next);
    this.#use(next);
    return taken(next);
  }

  /** Looks at the file, and brings what has changed since, and what is over, into the running redis-server. */
  async look(signal: AbortSignal): Promise<void> {
    const { clock, log, runs, give } = this.#ports;
    if (!runs()) return;
    const next = this.#decide(await this.#readSomewhere(clock.deadline(answerLimit, signal)));
    if (next === undefined || (this.#given && areSame(next, this.#known))) return;
    // Written down first: whoever comes after us knows at least what redis-server takes.
    await this.#keep(next);
    try {
      await give(taken(next), clock.deadline(answerLimit, signal));
    } catch (failure) {
      log.warn('redis-server does not take the passwords, which is tried again', {
        because: describeError(failure),
      });
      return;
    }
    this.#use(next);
  }

  #decide(reading: PasswordReading): Passwords | undefined {
    const { clock, grace } = this.#ports;
    const file = reading.kind === 'found' ? reading.password : undefined;
    return decidePasswords({ known: this.#known, file, now: clock.monotonic(), grace });
  }

  async #readSomewhere(limit: AbortSignal): Promise<PasswordReading> {
    const reading = await this.#ports.read();
    return this.#heed(reading.kind === 'absent' ? await this.#ports.readLive(limit) : reading);
  }

  #heed(reading: PasswordReading): PasswordReading {
    const complaint = reading.kind === 'found' ? undefined : reading.because;
    if (complaint !== undefined && complaint !== this.#complaint)
      this.#ports.log.warn('the password in the Secret cannot be used: the last one stays', {
        because: complaint,
      });
    this.#complaint = complaint;
    return reading;
  }

  async #keep(next: Passwords): Promise<void> {
    if (areSame(next, this.#known)) return;
    await this.#ports.store.write(next).catch((failure) => {
      this.#ports.log.warn('the passwords could not be written down', { because: describeError(failure) });
    });
  }

  #use(next: Passwords): void {
    const { log, onChanged, grace } = this.#ports;
    const before = this.#known;
    this.#known = next;
    this.#given = true;
    if (before === undefined) return;
    if (before.current !== next.current) {
      log.info('redis-server takes a new password, and the former one for a while', { grace });
      onChanged();
    }
    const over = before.former.filter(({ password }) => !taken(next).includes(password));
    if (over.length > 0) log.info('a former password is not taken any more', { passwords: over.length });
  }
}
