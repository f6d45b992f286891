import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createDoor, type Socket } from 'node:net';
import { describeError } from '../../errors.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';
import { endWith } from './end-with.ts';
import { type Endpoint, largestHeader, listen } from './listen.ts';

/** What the plain port answers with; a complaint is one line that says what is wrong. */
export interface Probes {
  health(): string | undefined;
  readiness(): string | undefined;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

const requestLimit = seconds(5);

/** Serves /healthz, /readyz and /metrics, and nothing that changes anything. Returns the function that ends it. */
export async function serveProbes(endpoint: Endpoint, probes: Probes, clock: Clock): Promise<() => void> {
  const limits = {
    maxHeaderSize: largestHeader,
    requestTimeout: requestLimit,
    headersTimeout: requestLimit,
  };
  const server = createServer(limits, (request, response) => {
    answer(request, response, probes).catch((failure) => end(response, 500, describeError(failure)));
  });
  const door = createDoor({ allowHalfOpen: true }, (socket) => {
    const cancel = clock.schedule(requestLimit, () => socket.destroy());
    socket.once('close', cancel);
    socket.once('data', cancel);
    receive(socket, probes, server);
  });
  await listen(door, endpoint);
  return () => {
    door.close();
    server.closeAllConnections();
  };
}

/**
 * Answers a probe of the kubelet's at once: it comes every two seconds, over a new connection, and all that HTTP can be costs an
 * idle instance several times what the answer does. Whatever is not exactly that is the server's.
 */
function receive(socket: Socket, probes: Probes, server: Server): void {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    const question = first.toString('latin1');
    const asked = questions.find(({ line }) => question.startsWith(line));
    if (asked !== undefined && isWhole(question)) {
      socket.write(briefly(asked.ask(probes)));
      socket.destroySoon();
    } else {
      server.emit('connection', socket);
      socket.unshift(first);
    }
  });
}

const questions = [
  { line: 'GET /readyz HTTP/1.1\r\n', ask: (probes: Probes) => probes.readiness() },
  { line: 'GET /healthz HTTP/1.1\r\n', ask: (probes: Probes) => probes.health() },
];

/** It has come in one piece, without a body, and its connection is for it alone. */
const isWhole = (question: string): boolean =>
  question.length <= largestHeader &&
  question.indexOf('\r\n\r\n') === question.length - 4 &&
  /\r\nconnection: close\r\n/i.test(question);

function briefly(complaint: string | undefined): string {
  const text = `${complaint ?? 'ok'}\n`;
  const status = complaint === undefined ? '200 OK' : '503 Service Unavailable';
  const head = `content-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close`;
  return `HTTP/1.1 ${status}\r\n${head}\r\n\r\n${text}`;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

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
  endWith(response, { status, type: contentType, text: `${text}\n` });
}
