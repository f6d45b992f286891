import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { linesOf } from '../kube/lines.ts';
import { eventsPath, type InstanceEvent, type InstanceReport, statusPath } from './protocol.ts';

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

  constructor({ ca, cert, key, serverName }: ControlIdentity) {
    this.#agent = new Agent({
      keepAlive: true,
      ca,
      cert,
      key,
      servername: serverName,
      minVersion: 'TLSv1.3',
      // The event stream holds one, questions need another.
      maxSockets: 4,
      maxFreeSockets: 1,
    });
  }

  /** Rejects when there is no answer before `signal` aborts, or it is not a report. */
  async report(endpoint: ControlEndpoint, signal: AbortSignal): Promise<InstanceReport> {
    const answer = await this.#get(endpoint, statusPath, signal);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as InstanceReport;
  }

  /** What the instance pushes, until the connection ends or `signal` aborts. Empty lines only show that it is alive. */
  async *events(endpoint: ControlEndpoint, signal: AbortSignal): AsyncGenerator<InstanceEvent | undefined> {
    const answer = await this.#get(endpoint, eventsPath, signal);
    try {
      for await (const line of linesOf(answer)) {
        yield line === '' ? undefined : (JSON.parse(line) as InstanceEvent);
      }
    } finally {
      answer.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #get({ host, port }: ControlEndpoint, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request({ host, port, path, agent: this.#agent, signal });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end();
    const answer = await promise;
    if (answer.statusCode === 200) return answer;
    answer.resume();
    throw new Error(`${path} answered ${answer.statusCode}`);
  }
}
