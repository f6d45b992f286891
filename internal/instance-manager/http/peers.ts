import { Agent, request } from 'node:https';
import { type PeerAnswer, tenurePath } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';
import type { Peers } from '../ports.ts';
import { parsePeerAnswer } from './parse-peer-answer.ts';

/** What this instance shows to its peers, and knows them by; all PEM. */
export interface PeerIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface PeerOptions {
  readonly clock: Clock;
  readonly port: number;
  /** The DNS name in every instance's certificate. */
  readonly serverName: string;
  /** Read anew for each set of connections: certificates are renewed. */
  identity(): Promise<PeerIdentity>;
}

/** Connections serve a series of questions, and are gone before their certificates can be. */
const connectionsLast = seconds(30);
/** An answer is a few fields. */
const largestAnswer = 4096;

/** Asks peers over mTLS. While nobody is asked there are no connections. */
export class HttpsPeers implements Peers {
  readonly #options: PeerOptions;
  #agent: Promise<Agent> | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
  }

  async ask(address: string, signal: AbortSignal): Promise<PeerAnswer> {
    this.#agent ??= this.#open();
    const agent = await this.#agent;
    const { port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const sent = request({ host: address, port, path: tenurePath, agent, signal });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      if (answer.statusCode !== 200) {
        answer.resume();
        return reject(new Error(`${tenurePath} answered ${answer.statusCode}`));
      }
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > largestAnswer) answer.destroy(new Error('the answer is too long'));
      });
      answer.on('error', reject).on('end', () => resolve(text));
    });
    sent.end();
    return parsePeerAnswer(await promise);
  }

  close(): void {
    this.#cancel?.();
    this.#agent?.then((agent) => agent.destroy()).catch(() => undefined);
    this.#agent = undefined;
  }

  async #open(): Promise<Agent> {
    const { clock, serverName, identity } = this.#options;
    this.#cancel = clock.schedule(connectionsLast, () => this.close());
    try {
      const certificates = await identity();
      return new Agent({ ...certificates, keepAlive: true, servername: serverName, minVersion: 'TLSv1.3' });
    } catch (failure) {
      this.close();
      throw failure;
    }
  }
}
