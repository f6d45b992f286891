import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type GrantAnswer, grantLines } from '../../control/grants.ts';
import { commandPaths, type LeaseCommand } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';
import { parseCommand } from './parse-command.ts';
import { bodyLimit, largestBody } from './read-body.ts';

export interface GrantPorts {
  readonly clock: Clock;
  /** For each connection one of its own: it says in full only what it has not said there before. */
  answerGrants(): (command: LeaseCommand) => GrantAnswer;
}

/** It ends when so long has passed without a line: where grants are rarer than that, each opens another. */
const idleLimit = seconds(65);
/** Whoever leaves so many bytes of answers unread reads none. */
const mostUnread = 64 * 1024;

/** Asks for a connection that takes grants line by line, and for nothing else. */
export const wantsGrantLines = ({ url, headers }: IncomingMessage): boolean =>
  url === commandPaths.lease && headers.upgrade === grantLines && !hasBody(headers);

const hasBody = (headers: IncomingMessage['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

/** The connections that take grants line by line: no server knows them any more, so they are ended here. */
export class GrantLines {
  readonly #ports: GrantPorts;
  readonly #open = new Set<Socket>();

  constructor(ports: GrantPorts) {
    this.#ports = ports;
  }

  /** Takes over a connection of the operator's; `first` is what has come on it already. */
  accept(socket: Socket, first: Buffer): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${grantLines}\r\n\r\n`);
    if (first.length > 0) socket.unshift(first);
    new Lines(socket, this.#ports);
  }

  end(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** The lines of one connection. Each is parsed and checked as a request of its own is. */
class Lines {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #answer: (command: LeaseCommand) => GrantAnswer;
  #rest: Buffer = Buffer.alloc(0);
  #cancel: (() => void) | undefined;
  #cancelIdle: () => void = () => undefined;
  #heard = true;

  constructor(socket: Socket, { clock, answerGrants }: GrantPorts) {
    this.#socket = socket;
    this.#clock = clock;
    this.#answer = answerGrants();
    socket.on('data', (chunk: Buffer) => this.#hear(chunk));
    socket.once('close', () => {
      this.#cancel?.();
      this.#cancelIdle();
    });
    this.#endWhenIdle();
  }

  /** A timer for each line would cost more than the line. */
  #endWhenIdle(): void {
    if (!this.#heard) this.#socket.destroy();
    this.#heard = false;
    if (!this.#socket.destroyed)
      this.#cancelIdle = this.#clock.schedule(idleLimit, () => this.#endWhenIdle());
  }

  #hear(chunk: Buffer): void {
    this.#heard = true;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(lineFeed); end >= 0; end = this.#rest.indexOf(lineFeed)) {
      if (end > largestBody || !this.#socket.writable) break;
      const line = this.#rest.toString('utf8', 0, end);
      this.#rest = this.#rest.subarray(end + 1);
      this.#take(line);
    }
    if (this.#rest.length > largestBody) this.#refuse(`a line has ${largestBody} bytes at most`);
    else this.#waitForTheRest();
  }

  #take(line: string): void {
    const parsed = parseCommand('lease', line);
    if (parsed.kind === 'malformed') this.#refuse(parsed.problem);
    else if (this.#socket.writableLength > mostUnread) this.#socket.destroy();
    else this.#socket.write(lineOf(this.#answer(parsed.command as LeaseCommand)));
  }

  #waitForTheRest(): void {
    if (this.#rest.length > 0) {
      this.#cancel ??= this.#clock.schedule(bodyLimit, () => this.#refuse('the line did not come in time'));
    } else if (this.#cancel !== undefined) {
      this.#cancel();
      this.#cancel = undefined;
    }
  }

  /** What comes after that is not read any more. */
  #refuse(why: string): void {
    if (!this.#socket.writable) return;
    this.#socket.write(lineOf({ kind: 'refused', why }));
    this.#socket.destroySoon();
  }
}

const lineFeed = 0x0a;

const lineOf = (answer: GrantAnswer): string => `${JSON.stringify(answer)}\n`;
