import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError } from '../../errors.ts';
import { endWith } from './end-with.ts';
import { type Endpoint, largestHeader, listen, shut } from './listen.ts';

/** What the plain port answers with; a complaint is one line that says what is wrong. */
export interface Probes {
  health(): string | undefined;
  readiness(): string | undefined;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

const requestLimitMs = 5_000;

/** Serves /healthz, /readyz and /metrics, and nothing that changes anything. Returns the function that ends it. */
export async function serveProbes(endpoint: Endpoint, probes: Probes): Promise<() => void> {
  const limits = {
    maxHeaderSize: largestHeader,
    requestTimeout: requestLimitMs,
    headersTimeout: requestLimitMs,
  };
  const server = createServer(limits, (request, response) => {
    answer(request, response, probes).catch((failure) => end(response, 500, describeError(failure)));
  });
  await listen(server, endpoint);
  return () => shut(server);
}

async function answer(request: IncomingMessage, response: ServerResponse, probes: Probes): Promise<void> {
  const known = answers.get(request.url ?? '');
  if (known === undefined) return end(response, 404, 'no such path');
  if (request.method !== 'GET') return end(response, 405, 'only GET');
  await known(response, probes);
}

type Answer = (response: ServerResponse, probes: Probes) => void | Promise<void>;

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['/healthz', (response, probes) => verdict(response, probes.health())],
  ['/readyz', (response, probes) => verdict(response, probes.readiness())],
  ['/metrics', async (response, probes) => end(response, 200, (await probes.metrics()).trimEnd())],
]);

const verdict = (response: ServerResponse, complaint: string | undefined): void =>
  complaint === undefined ? end(response, 200, 'ok') : end(response, 503, complaint);

function end(response: ServerResponse, status: number, text: string): void {
  endWith(response, { status, type: 'text/plain; version=0.0.4; charset=utf-8', text: `${text}\n` });
}
