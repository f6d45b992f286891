import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { authSecret, controlSecret, instanceServerName, Path, Port } from '../../../api/v1/names.ts';
import { ControlClient, type ControlIdentity } from '../../../internal/control/client.ts';
import type { InstanceReport } from '../../../internal/control/protocol.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import { createAuthority, issueInstance, issueOperatorClient } from '../../../internal/pki/authority.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { commandIn } from '../../binary/roots.ts';
import { ClusterServer } from './cluster-server.ts';

/** One instance as in a pod: the built binary as process 1 of a root of its own, with the redis-server of an image. */
export interface Pod {
  readonly identity: ControlIdentity;
  /** The manager, as this machine numbers it. */
  readonly pid: number;
  /** When a line of its log that says this last came; undefined if none has. */
  saidAt(words: string): number | undefined;
  report(): Promise<InstanceReport>;
  /** Sends the binary that lies there, as the operator does; resolves when the manager has said that it will run it. */
  upgrade(binary: string, version: string): Promise<void>;
  /** How long its binary takes to say its version: milliseconds. */
  bareStart(): number;
  close(): Promise<void>;
}

const name = { name: 'orders', namespace: 'shop' };
const podUID = 'uid-of-it';
const host = '127.0.0.1';
const apiPort = 6443;
/** As in a pod. */
const leanNode = '--jitless --max-semi-space-size=1 --disable-warning=ExperimentalWarning';

/** Runs it from the binary's folder and an engine's root; the primary of term 1 once this resolves. */
export async function startPod(controller: string, engineRoot: string): Promise<Pod> {
  const root = mkdtempSync(join(tmpdir(), 'replaced-'));
  const now = systemClock.now();
  const authority = await createAuthority(now);
  const leaf = await issueInstance(authority, name, now);
  const client = await issueOperatorClient(authority, name, now);
  const serverName = instanceServerName(name.name, name.namespace);
  furnish(root, controller, engineRoot, {
    '/etc/hosts': `${host} ${serverName}\n`,
    '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt': authority.certificate,
    '/var/run/secrets/kubernetes.io/serviceaccount/token': 'token',
    [`${Path.projected}/${authSecret(name.name)}/password`]: 'password',
    [`${Path.projected}/${controlSecret(name.name)}/tls.crt`]: leaf.certificate,
    [`${Path.projected}/${controlSecret(name.name)}/tls.key`]: leaf.key,
    [`${Path.projected}/${controlSecret(name.name)}/ca.crt`]: authority.certificate,
  });
  const api = new ClusterServer(leaf, clusterIn(0));
  api.listen(apiPort);
  const [program, words] = commandIn(root, [Path.managerBinary, 'instance']);
  const child = spawn(program, words, { env: environment(serverName), stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = timesOf(child);
  const identity = { ca: authority.certificate, cert: client.certificate, key: client.key, serverName };
  const control = new ControlClient(identity);
  const endpoint = { host, port: Port.control };
  const report = (): Promise<InstanceReport> => control.report(endpoint, systemClock.deadline(seconds(2)));
  await until(async () => (await report()).process.state === 'running');
  api.write(clusterIn(1));
  await until(async () => (await report()).role === 'primary');
  const pid = Number(execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }));
  return {
    identity,
    pid,
    saidAt: (said) => lines.findLast(({ line }) => line.includes(said))?.at,
    report,
    upgrade: async (binary, version) => {
      const content = readFileSync(binary);
      const sha256 = createHash('sha256').update(content).digest('hex');
      const command = { podUID, term: 1, version, bytes: content.length, sha256 };
      const limit = systemClock.deadline(seconds(60));
      await control.upgrade(endpoint, command, createReadStream(binary), limit);
    },
    bareStart: () => {
      const began = performance.now();
      execFileSync('/usr/sbin/chroot', [root, Path.managerBinary, 'version'], {
        env: environment(serverName),
      });
      return performance.now() - began;
    },
    close: async () => {
      control.close();
      process.kill(pid, 'SIGKILL');
      await once(child, 'exit');
      api.close();
      rmSync(root, { recursive: true });
    },
  };
}

function furnish(
  root: string,
  controller: string,
  engineRoot: string,
  files: Readonly<Record<string, string>>,
): void {
  cpSync(engineRoot, root, { recursive: true, verbatimSymlinks: true });
  cpSync(controller, join(root, Path.controller), { recursive: true });
  for (const folder of ['/dev', Path.data, Path.run]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'dev/null'), '');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const environment = (apiServer: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: leanNode,
  PATH: '/usr/local/bin:/usr/bin:/bin',
  CLUSTER_NAME: name.name,
  POD_NAME: `${name.name}-0`,
  POD_NAMESPACE: name.namespace,
  POD_UID: podUID,
  POD_IP: host,
  KUBERNETES_SERVICE_HOST: apiServer,
  KUBERNETES_SERVICE_PORT: String(apiPort),
});

/** Term 0 appoints nobody; the lease is one that no busy machine lets run out. */
function clusterIn(term: number): KubeObject {
  const metadata = { ...name, uid: 'uid', resourceVersion: String(term + 1) };
  const spec = { instances: 2, failover: { silenceSeconds: 120 } };
  const pod = `${name.name}-0`;
  const status = term === 0 ? {} : { term, targetPrimary: pod, instancesStatus: { [pod]: { ip: host } } };
  const object = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', metadata, spec, status };
  return object;
}

interface Line {
  readonly line: string;
  readonly at: number;
}

function timesOf(child: ChildProcess): readonly Line[] {
  const lines: Line[] = [];
  child.stdout?.on('data', (chunk: Buffer) => {
    const at = performance.now();
    for (const line of chunk.toString('utf8').split('\n')) lines.push({ line, at });
  });
  return lines;
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 30_000;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > limit) throw new Error(`not within 30 s: ${holds}`);
    await sleep(20);
  }
}
