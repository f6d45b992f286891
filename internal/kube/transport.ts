import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Clock } from '../time/clock.ts';
import type { KubeConfig } from './config.ts';
import { refusalError, silenceError } from './errors.ts';
import { TokenSource } from './token.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** HTTP to one API server over few connections that stay open. */
export class Transport {
  readonly #config: KubeConfig;
  readonly #tokens: TokenSource;
  readonly #agent: Agent;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
    this.#tokens = new TokenSource(config.credentials, clock);
    const { credentials, ca } = config;
    this.#agent = new Agent({
      keepAlive: true,
      // Each watch holds one; the rest is for requests, of which a tick has a few at once.
      maxSockets: 64,
      maxFreeSockets: 4,
      ...(ca === undefined ? {} : { ca }),
      ...(credentials.kind === 'certificate' ? { cert: credentials.cert, key: credentials.key } : {}),
    });
  }

  /** The answer's head, once it is a success; its body is the caller's to read. Rejects with a KubeError. */
  async open(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.#send(request, signal);
    if (answer.statusCode !== 401 || !this.#tokens.refused()) return await this.#admit(answer, request);
    answer.resume();
    return await this.#admit(await this.#send(request, signal), request);
  }

  async json(request: Request, signal: AbortSignal): Promise<unknown> {
    const answer = await this.open(request, signal);
    const text = await readText(answer, request);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw silenceError('unreachable', title(request), cause);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #admit(answer: IncomingMessage, request: Request): Promise<IncomingMessage> {
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    throw refusalError(status, await readText(answer, request), title(request));
  }

  async #send(request: Request, signal: AbortSignal): Promise<IncomingMessage> {
    const token = await this.#tokens.current();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = httpsRequest(new URL(request.path, this.#config.server), {
      method: request.method,
      agent: this.#agent,
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'redis-operator',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : {
              'content-type': request.contentType ?? 'application/json',
              'content-length': Buffer.byteLength(body),
            }),
      },
    });
    sent.on('response', resolve);
    sent.on('error', (cause) => reject(silenceError(limitReached(signal), title(request), cause)));
    sent.end(body);
    return await promise;
  }
}

async function readText(answer: IncomingMessage, request: Request): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    throw silenceError('unreachable', title(request), cause);
  }
}

const limitReached = (signal: AbortSignal): 'timeout' | 'unreachable' =>
  signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError' ? 'timeout' : 'unreachable';

const title = ({ method, path }: Request): string => `${method} ${path.split('?')[0]}`;
