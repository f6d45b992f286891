import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { OperatorError } from '../errors.ts';
import { linesOf } from '../kube/lines.ts';
import { GrantConnection } from './grant-connection.ts';
import { grantLines } from './grants.ts';
import {
  type Command,
  commandPaths,
  eventsPath,
  type InstanceEvent,
  type InstanceReport,
  type LeaseCommand,
  statusPath,
  type UpgradeCommand,
} from './protocol.ts';

/** What proves each side to the other; all PEM. */
export interface ControlIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The DNS name that the instance's certificate must carry: pods are addressed by IP, and known by this. */
  readonly serverName: string;
}

export interface ControlEndpoint {
  readonly host: string;
  readonly port: number;
}

/** The control connections to the instances of one cluster. */
export class ControlClient {
  readonly #agent: Agent;
  /** By host and port: those on which nobody waits for an answer. */
  readonly #grants = new Map<string, GrantConnection>();
  #closed = false;

  constructor({ ca, cert, key, serverName }: ControlIdentity) {
    this.#agent = new Agent({
      keepAlive: true,
      ca,
      cert,
      key,
      servername: serverName,
      minVersion: 'TLSv1.3',
      // The event stream holds one; a primary is granted its lease while it is asked, and a handshake takes milliseconds.
      maxSockets: 4,
      maxFreeSockets: 2,
    });
  }

  /** Rejects when there is no answer before `signal` aborts, or it is not a report. */
  async report(endpoint: ControlEndpoint, signal: AbortSignal): Promise<InstanceReport> {
    return await reportIn(await this.#ask(endpoint, { method: 'GET', path: statusPath }, signal));
  }

  /** Resolves to the report after the command; rejects when it is refused, or not answered before `signal` aborts. */
  async command(
    endpoint: ControlEndpoint,
    kind: keyof typeof commandPaths,
    command: Command,
    signal: AbortSignal,
  ): Promise<InstanceReport> {
    const question = { method: 'POST', path: commandPaths[kind], body: JSON.stringify(command) };
    return await reportIn(await this.#ask(endpoint, question, signal));
  }

  /**
   * As the command `lease`, over a connection that stands: for an instance that says in its report that it takes grant lines.
   * One that is broken, or that somebody waits on, is left alone and another made at once.
   */
  async grant(
    endpoint: ControlEndpoint,
    command: LeaseCommand,
    signal: AbortSignal,
  ): Promise<InstanceReport> {
    const key = `${endpoint.host}:${endpoint.port}`;
    const standing = this.#grants.get(key);
    this.#grants.delete(key);
    const usable = standing?.broken === false ? standing : await this.#openGrants(endpoint, signal);
    try {
      return await usable.grant(command, signal);
    } finally {
      if (this.#closed || this.#grants.has(key)) usable.close();
      else if (!usable.broken) this.#grants.set(key, usable);
    }
  }

  /**
   * Sends the binary that the command speaks of; resolves once the instance is about to run it. Rejects when it is refused,
   * at the beginning or at the end (409: not now; 422: it is not fit), or not answered before `signal` aborts.
   */
  async upgrade(
    endpoint: ControlEndpoint,
    command: UpgradeCommand,
    binary: Readable,
    signal: AbortSignal,
  ): Promise<InstanceReport> {
    const body = `${JSON.stringify(command)}\n`;
    const rest = { stream: binary, bytes: command.bytes };
    try {
      const question = { method: 'POST', path: commandPaths.upgrade, body, rest };
      return await reportIn(await this.#ask(endpoint, question, signal));
    } finally {
      // Whoever refuses need not be sent the rest.
      binary.destroy();
    }
  }

  /** What the instance pushes, until the connection ends or `signal` aborts. Empty lines only show that it is alive. */
  async *events(endpoint: ControlEndpoint, signal: AbortSignal): AsyncGenerator<InstanceEvent | undefined> {
    const answer = await this.#ask(endpoint, { method: 'GET', path: eventsPath }, signal);
    try {
      for await (const line of linesOf(answer)) {
        yield line === '' ? undefined : (JSON.parse(line) as InstanceEvent);
      }
    } finally {
      answer.destroy();
    }
  }

  close(): void {
    this.#closed = true;
    this.#agent.destroy();
    for (const connection of this.#grants.values()) connection.close();
    this.#grants.clear();
  }

  async #openGrants({ host, port }: ControlEndpoint, signal: AbortSignal): Promise<GrantConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<GrantConnection>();
    const path = commandPaths.lease;
    const headers = { connection: 'Upgrade', upgrade: grantLines };
    const sent = request({ host, port, method: 'POST', path, headers, agent: this.#agent, signal });
    sent.on('upgrade', (_answer, socket, first) => resolve(new GrantConnection(socket, first)));
    sent.on('response', (answer) => refusalIn(answer, path).then(reject, reject));
    sent.on('error', reject);
    sent.end();
    return await promise;
  }

  async #ask(
    { host, port }: ControlEndpoint,
    { method, path, body, rest }: Question,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const length = rest === undefined ? {} : { 'content-length': Buffer.byteLength(body ?? '') + rest.bytes };
    const headers = body === undefined ? {} : { 'content-type': 'application/json', ...length };
    const sent = request({ host, port, method, path, headers, agent: this.#agent, signal });
    sent.on('response', resolve);
    sent.on('error', reject);
    if (rest === undefined) sent.end(body);
    else {
      sent.write(body);
      pipeline(rest.stream, sent, (failure) => failure && reject(failure));
    }
    const answer = await promise;
    if (answer.statusCode === 200) return answer;
    throw await refusalIn(answer, path);
  }
}

async function refusalIn(answer: IncomingMessage, path: string): Promise<Error> {
  const why = (await textIn(answer)).slice(0, longestReason).trim();
  const { statusCode: status } = answer;
  return new OperatorError({ code: 'refused', status } as const, `${path} answered ${status}: ${why}`);
}

/** `status` is missing where an answer on a connection of grants has none. */
interface Refusal {
  readonly code: 'refused';
  readonly status?: number;
}

/** The instance answered, and will not do it. */
export const isRefusal = (failure: unknown): failure is OperatorError<Refusal> =>
  failure instanceof OperatorError && failure.details.code === 'refused';

/** The same would be refused again: it is not what the instance is doing just now that is in the way (409). */
export const isLastingRefusal = (failure: unknown): boolean =>
  isRefusal(failure) && failure.details.status !== 409;

interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** What comes after the body, of this length. */
  readonly rest?: { readonly stream: Readable; readonly bytes: number };
}

/** An instance says in one line why it refuses. */
const longestReason = 300;

async function reportIn(answer: IncomingMessage): Promise<InstanceReport> {
  return JSON.parse(await textIn(answer)) as InstanceReport;
}

async function textIn(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
