import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubeConfig } from '../../internal/kube/config.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';
import { findProgram, programFolders } from '../cluster/binaries.ts';
import { goEnvironment } from '../cluster/processes.ts';
import { waitUntil } from '../cluster/wait.ts';

/** The API server's answer, whatever it is. */
export interface Answer {
  readonly status: number;
  /** What its JSON says; undefined when it is none. */
  readonly body: unknown;
  readonly text: string;
}

export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** A real kube-apiserver with an etcd of its own, on loopback, without controllers and nodes. */
export interface ApiServer {
  /** How an administrator reaches it; the same before and after a restart. */
  readonly config: KubeConfig;
  readonly etcdAddress: string;
  /** Asks without any client of ours. Rejects when the server does not answer. */
  request(request: RawRequest): Promise<Answer>;
  /** Ends the API server alone, in order or by force; etcd keeps its objects. */
  stopServing(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts it again at the same address. */
  serveAgain(): Promise<void>;
  /** Ends both, and removes everything they have left behind: with this process at the latest. */
  close(): Promise<void>;
}

const adminToken = 'test-administrator';
const startLimit = seconds(60);
let shared: Promise<ApiServer> | undefined;

/** One for all test files of a process that leave it running: to start one takes seconds. It ends with the process. */
export function sharedApiServer(): Promise<ApiServer> {
  shared ??= startApiServer();
  return shared;
}

/**
 * Starts both; needs etcd and kube-apiserver where test/cluster finds them. Throws ProgramMissing, or TimedOut with the
 * place of the logs. `flags` are added to the API server's.
 */
export async function startApiServer(flags: readonly string[] = []): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'api-server-'));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const etcdAddress = `http://127.0.0.1:${etcdPort}`;
  writeSecrets(folder);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });

  const etcd = launch(folder, 'etcd', etcdFlags(folder, etcdAddress, peerPort));
  const serverFlags = [...apiServerFlags(folder, etcdAddress, port), ...flags];
  const serve = (): ChildProcess => launch(folder, 'kube-apiserver', serverFlags);
  let server = serve();
  try {
    await untilReady(folder, port);
  } catch (failure) {
    // Left running they would keep this process from ending.
    await end(server, 'SIGKILL');
    await end(etcd, 'SIGKILL');
    throw failure;
  }
  process.once('exit', remove);

  const config: KubeConfig = {
    server: new URL(`https://127.0.0.1:${port}`),
    ca: readFileSync(join(folder, 'certificates', 'apiserver.crt'), 'utf8'),
    credentials: { kind: 'token', token: adminToken },
  };
  return {
    config,
    etcdAddress,
    request: (request) => ask(config, request),
    stopServing: (signal = 'SIGTERM') => end(server, signal),
    serveAgain: async () => {
      server = serve();
      await untilReady(folder, port);
    },
    close: async () => {
      await end(server, 'SIGKILL');
      await end(etcd, 'SIGKILL');
      process.off('exit', remove);
      remove();
    },
  };
}

function writeSecrets(folder: string): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(folder, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'tokens.csv'), `${adminToken},administrator,administrator,system:masters\n`);
}

/** Nothing here has to survive a power failure. */
const etcdFlags = (folder: string, address: string, peerPort: number): readonly string[] => [
  `--data-dir=${join(folder, 'etcd')}`,
  '--unsafe-no-fsync',
  `--listen-client-urls=${address}`,
  `--advertise-client-urls=${address}`,
  `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
  `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
];

const apiServerFlags = (folder: string, etcdAddress: string, port: number): readonly string[] => [
  `--etcd-servers=${etcdAddress}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  // It makes a certificate of its own there, which clients are told to trust.
  `--cert-dir=${join(folder, 'certificates')}`,
  `--token-auth-file=${join(folder, 'tokens.csv')}`,
  '--authorization-mode=RBAC',
  '--service-cluster-ip-range=10.96.0.0/16',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${join(folder, 'accounts.pub')}`,
  `--service-account-signing-key-file=${join(folder, 'accounts.key')}`,
];

/** Ended with us at the latest, whatever becomes of the tests. */
function launch(folder: string, program: string, flags: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${program}.log`), 'a');
  const child = spawn(findProgram(program, programFolders(process.env)), flags, {
    cwd: folder,
    env: { ...process.env, ...goEnvironment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill(signal);
  await promise;
}

const untilReady = (folder: string, port: number): Promise<void> =>
  waitUntil(`kube-apiserver (logs are in ${folder})`, startLimit, async () => {
    try {
      const config = { server: new URL(`https://127.0.0.1:${port}`), ca: undefined };
      return (await ask(config, { method: 'GET', path: '/readyz' })).status === 200;
    } catch {
      return false; // It does not listen yet.
    }
  });

/** Without `ca` the server is believed to be who it says it is: it has only just made its certificate. */
async function ask(config: Pick<KubeConfig, 'server' | 'ca'>, request: RawRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = httpsRequest(new URL(request.path, config.server), {
    method: request.method,
    ...(config.ca === undefined ? { rejectUnauthorized: false } : { ca: config.ca }),
    signal: systemClock.deadline(seconds(30)),
    headers: {
      authorization: `Bearer ${adminToken}`,
      accept: request.accept ?? 'application/json',
      'content-type': request.contentType ?? 'application/json',
    },
  });
  sent.on('response', (answer) => {
    const status = answer.statusCode ?? 0;
    text(answer).then((whole) => resolve({ status, body: parsed(whole), text: whole }), reject);
  });
  sent.on('error', reject);
  sent.end(request.body === undefined ? undefined : JSON.stringify(request.body));
  return await promise;
}

/** Not every answer is JSON: /readyz says "ok". */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return await promise;
}
