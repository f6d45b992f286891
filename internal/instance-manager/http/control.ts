import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import { eventsPath, type InstanceEvent, type InstanceReport, statusPath } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';

/** PEM, as the control Secret holds it. */
export interface ControlCertificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface ControlOptions {
  readonly port: number;
  /** The names in a client's certificate that may ask for everything, and those that may ask for the status alone. */
  readonly operatorName: string;
  readonly peerName: string;
}

export interface ControlPorts {
  readonly clock: Clock;
  report(): InstanceReport;
  /** Calls `tell` with each event; returns the function that ends it. */
  subscribe(tell: (event: InstanceEvent) => void): () => void;
}

/** An empty line so often shows the other side that we are there; two missed, and it opens another stream. */
export const heartbeat = seconds(10);
/** A subscriber that reads nothing is cut off at that many bytes: it can ask for the whole state again. */
const mostUnread = 1024 * 1024;

/** Serves the control port: TLS 1.3 and a client certificate of the cluster's own authority, or nothing. */
export async function serveControl(
  options: ControlOptions,
  certificates: ControlCertificates,
  ports: ControlPorts,
): Promise<Server> {
  const server = createServer(
    {
      ...certificates,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      maxHeaderSize: 4096,
    },
    (request, response) => answer(request, response, options, ports),
  );
  // A stream stays open for days; a client that is slow to ask is cut off by the header limit.
  server.requestTimeout = 0;
  server.listen(options.port);
  await once(server, 'listening');
  return server;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { operatorName, peerName }: ControlOptions,
  ports: ControlPorts,
): void {
  const refusal = refusalOf(request, { operatorName, peerName });
  if (refusal !== undefined) refuse(response, refusal);
  else if (request.url === statusPath) sendStatus(response, ports);
  else streamEvents(request, response, ports);
}

interface Refusal {
  readonly status: number;
  readonly why: string;
}

/** Why this client may not have this; undefined when it may. Who it is comes before what it asks for. */
function refusalOf(
  request: IncomingMessage,
  { operatorName, peerName }: Pick<ControlOptions, 'operatorName' | 'peerName'>,
): Refusal | undefined {
  const names = namesOf(request);
  const operator = names.includes(operatorName);
  if (!operator && !names.includes(peerName))
    return { status: 403, why: 'this certificate may ask for nothing here' };
  if (request.url !== statusPath && request.url !== eventsPath) return { status: 404, why: 'no such path' };
  if (request.method !== 'GET') return { status: 405, why: 'only GET' };
  if (request.url === eventsPath && !operator) return { status: 403, why: 'events are for the operator' };
  return undefined;
}

/** The DNS names of a certificate that TLS has already verified. */
function namesOf({ socket }: IncomingMessage): readonly string[] {
  if (!(socket instanceof TLSSocket)) return [];
  const { subjectaltname = '' } = socket.getPeerCertificate();
  return subjectaltname.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
}

function sendStatus(response: ServerResponse, ports: ControlPorts): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ports.report()));
}

function streamEvents(request: IncomingMessage, response: ServerResponse, ports: ControlPorts): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const write = (line: string): void => {
    if (response.writableLength > mostUnread) response.destroy();
    else response.write(`${line}\n`);
  };
  let rest = (): void => undefined;
  const beat = (): void => {
    write('');
    rest = ports.clock.schedule(heartbeat, beat);
  };
  const unsubscribe = ports.subscribe((event) => write(JSON.stringify(event)));
  request.socket.once('close', () => {
    unsubscribe();
    rest();
  });
  write(JSON.stringify({ kind: 'hello', report: ports.report() } satisfies InstanceEvent));
  rest = ports.clock.schedule(heartbeat, beat);
}

function refuse(response: ServerResponse, { status, why }: Refusal): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${why}\n`);
}
