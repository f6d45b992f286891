import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Clock } from '../time/clock.ts';
import type { KubeConfig } from './config.ts';
import { refusalError, silenceError } from './errors.ts';
import type { KubeError } from './kube.ts';
import { TokenSource } from './token.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** HTTP to one API server over few connections that stay open, and one more for each answer that does not end. */
export class Transport {
  readonly #config: KubeConfig;
  readonly #tokens: TokenSource;
  readonly #requests: Agent;
  readonly #streams: Agent;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#tokens = new TokenSource(config.credentials, clock);
    const { credentials, ca } = config;
    const identity = {
      ...(ca === undefined ? {} : { ca }),
      ...(credentials.kind === 'certificate' ? { cert: credentials.cert, key: credentials.key } : {}),
    };
    // A tick has a few requests at once, and there are tens of ticks at most.
    this.#requests = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 4, ...identity });
    // Apart, and without a limit: watches of many namespaces must not keep requests from being sent.
    this.#streams = new Agent({ keepAlive: false, ...identity });
  }

  /** The head of an answer that need not end, once it is a success; its body is the caller's to read. */
  async open(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    return await this.#answer(request, this.#streams, signal);
  }

  /** The whole answer. Rejects with a KubeError, as `open` does. */
  async json(request: Request, signal: AbortSignal): Promise<unknown> {
    const text = await this.#text(await this.#answer(request, this.#requests, signal), request, signal);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw silenceError('unreachable', title(request), cause);
    }
  }

  close(): void {
    this.#requests.destroy();
    this.#streams.destroy();
  }

  async #answer(request: Request, agent: Agent, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.#send(request, agent, signal);
    if (answer.statusCode !== 401 || !this.#tokens.refused())
      return await this.#admit(answer, request, signal);
    await this.#text(answer, request, signal);
    return await this.#admit(await this.#send(request, agent, signal), request, signal);
  }

  async #admit(answer: IncomingMessage, request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const body = await this.#text(answer, request, signal);
    throw refusalError({ status, body, retryAfter: answer.headers['retry-after'] }, title(request));
  }

  /** A read over a connection that the server has just closed for its age is sent again: it has changed nothing. */
  async #send(request: Request, agent: Agent, signal: AbortSignal): Promise<IncomingMessage> {
    const token = await this.#tokens.current();
    const { method, path, contentType = 'application/json' } = request;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = {
      accept: 'application/json',
      'user-agent': 'redis-operator',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    };
    const start = (): ClientRequest =>
      httpsRequest(new URL(path, this.#config.server), { method, agent, signal, headers }).end(body);

    const sent = start();
    try {
      return await headOf(sent);
    } catch (cause) {
      const silence = this.#silence(request, signal, cause);
      if (method !== 'GET' || !sent.reusedSocket || signal.aborted) throw silence;
    }
    try {
      return await headOf(start());
    } catch (cause) {
      throw this.#silence(request, signal, cause);
    }
  }

  async #text(answer: IncomingMessage, request: Request, signal: AbortSignal): Promise<string> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    } catch (cause) {
      throw this.#silence(request, signal, cause);
    }
  }

  /** What befell one connection may have befallen those that wait beside it: they are not used again. */
  #silence(request: Request, signal: AbortSignal, cause: unknown): KubeError {
    for (const waiting of Object.values(this.#requests.freeSockets)) {
      for (const socket of waiting ?? []) socket.destroy();
    }
    return silenceError(limitReached(signal), title(request), cause);
  }
}

async function headOf(sent: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.on('response', resolve);
  sent.on('error', reject);
  return await promise;
}

const limitReached = (signal: AbortSignal): 'timeout' | 'unreachable' =>
  signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError' ? 'timeout' : 'unreachable';

const title = ({ method, path }: Request): string => `${method} ${path.split('?')[0]}`;
