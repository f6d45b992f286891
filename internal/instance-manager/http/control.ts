import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import {
  eventsPath,
  type InstanceReport,
  type PeerAnswer,
  statusPath,
  tenurePath,
} from '../../control/protocol.ts';
import { describeError } from '../../errors.ts';
import type { Obeyed, RoleCommand, TakenIn, Upgrade } from '../commands.ts';
import { type Caller, type Callers, callerOf } from './authorize.ts';
import { endWith } from './end-with.ts';
import { GrantLines, type GrantPorts, wantsGrantLines } from './grant-lines.ts';
import { type Endpoint, largestHeader, listen, shut } from './listen.ts';
import { type CommandKind, commandAt, parseCommand } from './parse-command.ts';
import { largestBody, readBody } from './read-body.ts';
import { type StreamPorts, streamEvents } from './stream.ts';

/** PEM, as the control Secret holds it. */
export interface ControlCertificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface ControlOptions extends Callers {
  readonly endpoint: Endpoint;
}

export interface ControlPorts extends StreamPorts, GrantPorts {
  /** The report after a fresh look, unless redis-server takes too long. */
  freshReport(): Promise<InstanceReport>;
  /** The tenure, for peers, by a live read. */
  tenure(): Promise<PeerAnswer>;
  obey(command: RoleCommand): Promise<Obeyed>;
  /** `done` means that the manager is replaced as soon as `replace` is called: once the answer is on its way. */
  upgrade(command: Upgrade, binary: AsyncIterable<Buffer>): Promise<TakenIn>;
  replace(): void;
}

export interface ControlServer {
  readonly port: number;
  /** Serves these from now on, and ends the connections made under the old ones: who may ask has changed. */
  renew(certificates: ControlCertificates): void;
  close(): void;
}

const tlsOptions = { requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
/** An operator, its successor, a few peers and whoever looks: more connections than that are an attack or a leak. */
const mostConnections = 64;
/** Longer than any poll of ours, so that a poll finds its connection open; a handshake costs a millisecond of both. */
const keptOpenMs = 65_000;
const handshakeLimitMs = 5_000;

/** Serves the control port: TLS 1.3 and a client certificate of the cluster's own authority, or nothing. */
export async function serveControl(
  options: ControlOptions,
  certificates: ControlCertificates,
  ports: ControlPorts,
): Promise<ControlServer> {
  const limits = {
    maxHeaderSize: largestHeader,
    handshakeTimeout: handshakeLimitMs,
    keepAliveTimeout: keptOpenMs,
  };
  // Who it is was proved when the connection was made: to read the certificate at each request costs more than the answer.
  const callers = new WeakMap<Socket, Caller>();
  const callerIn = ({ socket }: IncomingMessage): Caller => callers.get(socket) ?? 'stranger';
  // Whoever may not have it is refused as anybody is who asks for that path.
  const shouldUpgradeCallback = (request: IncomingMessage): boolean =>
    wantsGrantLines(request) && refusalOf(request, callerIn(request)) === undefined;
  const settings = { ...certificates, ...tlsOptions, ...limits, shouldUpgradeCallback };
  const server = createServer(settings, (request, response) => {
    answer({ request, response, caller: callerIn(request) }, ports).catch((failure) =>
      end(response, 500, describeError(failure)),
    );
  });
  const grants = new GrantLines(ports);
  server.on('upgrade', ({ socket }: IncomingMessage, _stream, first: Buffer) => grants.accept(socket, first));
  server.on('secureConnection', (socket) => {
    callers.set(socket, callerOf(socket.getPeerX509Certificate(), options));
  });
  server.maxConnections = mostConnections;
  await listen(server, options.endpoint);
  return {
    port: portOf(server),
    renew: (renewed) => {
      server.setSecureContext({ ...renewed, ...tlsOptions });
      server.closeAllConnections();
      grants.end();
    },
    close: () => {
      shut(server);
      grants.end();
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
}

async function answer({ request, response, caller }: Asked, ports: ControlPorts): Promise<void> {
  const { url = '' } = request;
  const refusal = refusalOf(request, caller);
  if (refusal !== undefined) return end(response, refusal.status, refusal.why);
  if (url === eventsPath) return streamEvents(response, ports);
  if (url === statusPath) return tell(response, await ports.freshReport());
  if (url === tenurePath) return tell(response, await ports.tenure());
  const kind = commandAt(url);
  if (kind !== undefined) await obey(kind, request, response, ports);
}

async function obey(
  kind: CommandKind,
  request: IncomingMessage,
  response: ServerResponse,
  ports: ControlPorts,
): Promise<void> {
  const body = await readBody(request, kind === 'upgrade' ? 'lineFeed' : 'end', ports.clock);
  if (body.kind === 'tooLarge') return end(response, 413, `a command has ${largestBody} bytes at most`);
  if (body.kind === 'tooSlow') return end(response, 408, 'the body did not come in time');
  const parsed = parseCommand(kind, body.text);
  if (parsed.kind === 'malformed') return end(response, 400, parsed.problem);
  const { command } = parsed;
  if (command.kind === 'upgrade') return await obeyUpgrade(command, { request, response, ports }, body.rest);
  const obeyed = await ports.obey(command);
  if (obeyed.kind === 'refused') return end(response, 409, obeyed.why);
  tell(response, obeyed.report);
}

interface Upgrading {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ports: ControlPorts;
}

/** What follows of a refused binary is read and thrown away: a connection that is closed on it takes the reason with it. */
async function obeyUpgrade(
  command: Upgrade,
  { request, response, ports }: Upgrading,
  rest: Buffer,
): Promise<void> {
  const taken = await ports.upgrade(command, binaryIn(rest, request));
  if (taken.kind !== 'done') {
    request.resume();
    const status = taken.kind === 'unfit' ? 422 : 409;
    return endWith(response, { status, type: 'text/plain', text: `${taken.why}\n` });
  }
  // Whether or not the answer has come through: what it says is decided.
  response.once('close', () => ports.replace());
  tell(response, taken.report);
}

async function* binaryIn(rest: Buffer, request: IncomingMessage): AsyncGenerator<Buffer> {
  yield rest;
  // Its end is that of the iteration: a request that is not read to its end is not to be destroyed by that.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
}

const tell = (response: ServerResponse, value: InstanceReport | PeerAnswer): void => {
  endWith(response, { status: 200, type: 'application/json', text: JSON.stringify(value) });
};

interface Refusal {
  readonly status: number;
  readonly why: string;
}

/** What another instance may ask for; everything else is the operator's. */
const forPeers: readonly string[] = [statusPath, tenurePath];

/** Why this caller may not have this; undefined when it may. Who it is comes before what it asks for. */
function refusalOf({ url = '', method }: IncomingMessage, caller: Caller): Refusal | undefined {
  if (caller === 'stranger') return { status: 403, why: 'this certificate may ask for nothing here' };
  const isQuestion = url === statusPath || url === eventsPath || url === tenurePath;
  if (!isQuestion && commandAt(url) === undefined) return { status: 404, why: 'no such path' };
  if (caller === 'peer' && !forPeers.includes(url)) return { status: 403, why: 'this is for the operator' };
  const wanted = isQuestion ? 'GET' : 'POST';
  return method === wanted ? undefined : { status: 405, why: `only ${wanted}` };
}

/** A refused caller loses its connection too: what it may still have to send is of no interest. */
function end(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) return void response.destroy();
  response.setHeader('connection', 'close');
  endWith(response, { status, type: 'text/plain', text: `${why}\n` });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
