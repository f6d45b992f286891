import type { Duplex } from 'node:stream';
import { OperatorError } from '../errors.ts';
import type { GrantAnswer } from './grants.ts';
import { commandPaths, type InstanceReport, type LeaseCommand } from './protocol.ts';

/** A report is a thousand characters: one that sends so much without an end of line is no instance of ours. */
const longestLine = 256 * 1024;

/** One connection on which grants are given line by line, one at a time. */
export class GrantConnection {
  readonly #socket: Duplex;
  #text = '';
  #told: InstanceReport | undefined;
  #waiting: PromiseWithResolvers<string> | undefined;

  /** `first` is what has come on it already. */
  constructor(socket: Duplex, first: Buffer) {
    this.#socket = socket;
    if (first.length > 0) socket.unshift(first);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', (cause) => this.#waiting?.reject(cause));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
  }

  get broken(): boolean {
    return this.#socket.destroyed || !this.#socket.writable;
  }

  /**
   * Resolves to the report after the grant; rejects when it is refused, or not answered before `signal` aborts. An answer
   * that has not come in time would be taken for the next one's: the connection is given up.
   */
  async grant(command: LeaseCommand, signal: AbortSignal): Promise<InstanceReport> {
    const waiting = Promise.withResolvers<string>();
    this.#waiting = waiting;
    const giveUp = (): void => {
      waiting.reject(signal.reason);
      this.close();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    else this.#socket.write(`${JSON.stringify(command)}\n`);
    try {
      return this.#reportIn(JSON.parse(await waiting.promise) as GrantAnswer);
    } finally {
      this.#waiting = undefined;
      signal.removeEventListener('abort', giveUp);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #reportIn(answer: GrantAnswer): InstanceReport {
    if (answer.kind === 'refused')
      throw new OperatorError({ code: 'refused' }, `${commandPaths.lease} is refused: ${answer.why}`);
    const { kind, ...told } = answer;
    const report = 'report' in told ? told.report : { ...this.#knownReport(), ...told };
    this.#told = report;
    return report;
  }

  #knownReport(): InstanceReport {
    if (this.#told !== undefined) return this.#told;
    this.close();
    throw new Error('it says that nothing has changed, and has not said yet what there is');
  }

  #hear(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf('\n');
    if (end < 0) {
      if (this.#text.length > longestLine) this.close();
      return;
    }
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    // Nobody has asked for that, and what comes next would be taken for an answer to something else.
    if (this.#waiting === undefined || this.#text !== '') this.close();
    this.#waiting?.resolve(line);
  }
}
