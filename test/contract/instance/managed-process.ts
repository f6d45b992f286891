import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { ControlClient } from '../../../internal/control/client.ts';
import type { InstanceReport, UpgradeCommand } from '../../../internal/control/protocol.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { FileCluster } from './file-cluster.ts';
import type { Managed } from './managed.ts';
import { clusterName, password, preparePremises } from './place.ts';
import { until } from './running.ts';

/** An instance manager in a process of its own, with its redis-server, the primary of term 1 of two instances. */
export interface ManagedProcess {
  readonly pid: number;
  /** The folder for what is in memory in a pod. */
  readonly runFolder: string;
  readonly binary: string;
  /** What it has written to its standard output. */
  log(): string;
  report(): Promise<InstanceReport>;
  /** Status of a path on the plain port; undefined while nobody answers. */
  probe(path: string): Promise<number | undefined>;
  client(): Redis;
  /** Sends this as the binary of that version, as the operator does, but for what is changed. */
  upgrade(binary: string, version: string, change?: Partial<UpgradeCommand>): Promise<InstanceReport>;
  reappoint(term: number): Promise<void>;
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

export async function startManaged(context: TestContext): Promise<ManagedProcess> {
  const premises = await preparePremises();
  const layout = await premises.layout(0);
  const address = premises.address(0);
  const { name, namespace } = clusterName;
  const cluster = new FileCluster(join(premises.folder, 'cluster.json'));
  const podUID = 'uid-of-it';
  const reappoint = async (term: number): Promise<void> => {
    const metadata = { name, namespace, uid: 'uid', resourceVersion: String(term) };
    const status = { term, targetPrimary: `${name}-0`, instancesStatus: { [`${name}-0`]: { ip: address } } };
    const spec = { instances: 2, redis: { 'enable-debug-command': 'yes' } };
    await cluster.write({ apiVersion: 'redis.io/v1', kind: 'RedisCluster', metadata, spec, status } as never);
  };
  await cluster.write({
    apiVersion: 'redis.io/v1',
    kind: 'RedisCluster',
    metadata: { name, namespace, uid: 'uid', resourceVersion: '0' },
    spec: { instances: 2, redis: { 'enable-debug-command': 'yes' } },
    status: {},
  } as never);
  const identity = {
    clusterName: name,
    podName: `${name}-0`,
    podNamespace: namespace,
    podUID,
    podIP: address,
  };
  const managed: Managed = { identity, layout, cluster: join(premises.folder, 'cluster.json') };
  await writeFile(layout.managerBinary, binaryOf('1'), { mode: 0o755 });
  const child = spawn(layout.managerBinary, ['instance'], {
    env: { PATH: process.env['PATH'], MANAGED: JSON.stringify(managed) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
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
    pid: child.pid ?? assert.fail('it has no pid'),
    runFolder: layout.runFolder,
    binary: layout.managerBinary,
    log: () => log,
    report,
    probe: async (path) =>
      await fetch(`http://${address}:${layout.httpPort}${path}`, { headers: { connection: 'close' } }).then(
        ({ status }) => status,
        () => undefined,
      ),
    client: () => {
      const client = new Redis({
        host: address,
        port: layout.redisPort,
        password,
        retryStrategy: () => null,
      });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    upgrade: async (binary, version, change = {}) => {
      const bytes = Buffer.byteLength(binary);
      const sha256 = createHash('sha256').update(binary).digest('hex');
      const { term } = await report();
      const command = { podUID, term, version, sha256, bytes, ...change };
      return await control.upgrade(
        endpoint,
        command,
        Readable.from([binary]),
        systemClock.deadline(seconds(30)),
      );
    },
    reappoint,
  };
  await until(
    'it runs',
    async () => ((await report()).process.state === 'running' ? true : undefined),
    seconds(30),
  );
  await reappoint(1);
  await until('it is primary', async () => ((await report()).role === 'primary' ? true : undefined));
  return running;
}

export const textIn = (path: string): Promise<string> => readFile(path, 'utf8');
