import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import type { SecretPace } from '../../../internal/cmd/manager/instance/assemble.ts';
import { ControlClient } from '../../../internal/control/client.ts';
import type { InstanceReport, UpgradeCommand } from '../../../internal/control/protocol.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { FileCluster } from './file-cluster.ts';
import type { Managed } from './managed.ts';
import { clusterName, password, preparePremises } from './place.ts';
import { until } from './running.ts';

/** An instance manager in a process of its own, with its redis-server, the primary of term 1 of two instances. */
export interface ManagedProcess {
  /** The folder for what is in memory in a pod. */
  readonly runFolder: string;
  readonly binary: string;
  /** What it has written to its standard output. */
  log(): string;
  report(): Promise<InstanceReport>;
  /** Status of a path on the plain port; undefined while nobody answers. */
  probe(path: string): Promise<number | undefined>;
  /** With the first password unless another is given. */
  client(other?: string): Redis;
  /** Replaces what lies in the password's file. */
  project(other: string): Promise<void>;
  /** Sends this as the binary of that version, as the operator does, but for what is changed. */
  upgrade(binary: string, version: string, change?: Partial<UpgradeCommand>): Promise<InstanceReport>;
  /** Writes a RedisCluster that names it in this term. */
  appoint(term: number): Promise<void>;
  /** Until it is appointed anew, nobody can read the RedisCluster. */
  cutOff(): Promise<void>;
}

/** A manager as one script, as in the binary: it starts as quickly as that. */
const script = join(await mkdtemp(join(tmpdir(), 'managed-')), 'managed.cjs');
await build({
  entryPoints: [join(import.meta.dirname, 'managed.ts')],
  outfile: script,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'warning',
});
process.once('exit', () => rmSync(dirname(script), { recursive: true }));

/** A program that stands for the binary of this version; `first` is run before it as an instance. */
export const binaryOf = (version: string, first = ':'): string => `#!/bin/sh
export MANAGER_VERSION=${version}
if [ "$1" = instance ]; then
  ${first}
fi
exec ${process.execPath} --jitless --disable-warning=ExperimentalWarning ${script} "$@"
`;

export async function startManaged(context: TestContext, secretPace?: SecretPace): Promise<ManagedProcess> {
  const premises = await preparePremises();
  const layout = await premises.layout(0);
  const address = premises.address(0);
  const path = join(premises.folder, 'cluster.json');
  const appoint = (term: number): Promise<void> => new FileCluster(path).write(clusterIn(term, address));
  await appoint(0);
  const identity = { ...owner, podUID, podIP: address };
  const child = await spawnManager({ identity, layout, cluster: path, secretPace });
  const ended = once(child, 'exit');
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
  });
  const control = new ControlClient(premises.operator);
  const clients: Redis[] = [];
  context.after(async () => {
    for (const client of clients) client.disconnect();
    control.close();
    child.kill('SIGTERM');
    const [code] = await ended;
    await premises.remove();
    assert.equal(code, 0, log);
  });
  const endpoint = { host: address, port: layout.controlPort };
  const report = (): Promise<InstanceReport> => control.report(endpoint, systemClock.deadline(seconds(2)));
  const running: ManagedProcess = {
    runFolder: layout.runFolder,
    binary: layout.managerBinary,
    log: () => log,
    report,
    probe: (path) => statusOf(`http://${address}:${layout.httpPort}${path}`),
    client: (other = password) => {
      const client = new Redis({
        host: address,
        port: layout.redisPort,
        password: other,
        retryStrategy: () => null,
      });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    project: (other) => premises.project(0, other),
    upgrade: async (binary, version, change = {}) => {
      const { term } = await report();
      const command = { ...commandFor(binary, version), term, ...change };
      return await control.upgrade(
        endpoint,
        command,
        Readable.from([binary]),
        systemClock.deadline(seconds(60)),
      );
    },
    appoint,
    cutOff: () => rm(path),
  };
  const { state } = await until('it runs', async () => runningIn(await report()), seconds(60));
  assert.equal(state, 'running');
  await appoint(1);
  await untilPrimary(running);
  return running;
}

const runningIn = ({ process }: InstanceReport) => (process.state === 'running' ? process : undefined);

export const untilPrimary = (one: ManagedProcess): Promise<InstanceReport> =>
  until(
    'it is primary',
    async () => {
      const report = await one.report();
      return report.role === 'primary' ? report : undefined;
    },
    seconds(30),
  );

const podUID = 'uid-of-it';
const owner = {
  clusterName: clusterName.name,
  podName: `${clusterName.name}-0`,
  podNamespace: clusterName.namespace,
};

/** A lease that no busy machine lets run out; term 0 appoints nobody. */
function clusterIn(term: number, ip: string): KubeObject {
  const { name, namespace } = clusterName;
  const metadata = { name, namespace, uid: 'uid', resourceVersion: String(term) };
  const spec = { instances: 2, redis: { 'enable-debug-command': 'yes' }, failover: { silenceSeconds: 120 } };
  const status =
    term === 0 ? {} : { term, targetPrimary: `${name}-0`, instancesStatus: { [`${name}-0`]: { ip } } };
  const object = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', metadata, spec, status };
  return object;
}

async function spawnManager(managed: Managed): Promise<ChildProcess> {
  const { managerBinary } = managed.layout;
  await writeFile(managerBinary, binaryOf('1'), { mode: 0o755 });
  return spawn(managerBinary, ['instance'], {
    env: { PATH: process.env['PATH'], MANAGED: JSON.stringify(managed) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const commandFor = (binary: string, version: string): Omit<UpgradeCommand, 'term'> => ({
  podUID,
  version,
  bytes: Buffer.byteLength(binary),
  sha256: createHash('sha256').update(binary).digest('hex'),
});

const statusOf = (url: string): Promise<number | undefined> =>
  fetch(url, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => undefined,
  );

export const textIn = (path: string): Promise<string> => readFile(path, 'utf8');
