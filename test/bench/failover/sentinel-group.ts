import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../e2e/wait.ts';
import { fieldOf } from './writer.ts';

/** Three servers and three Sentinels that watch them, on loopback addresses of their own. */
export interface SentinelGroup {
  readonly primary: string;
  readonly replicas: readonly string[];
  /** SIGKILL, as the machine's memory limit would. */
  killPrimary(): void;
  remove(): Promise<void>;
}

const dataPort = 6379;
const sentinelPort = 26379;
const ordinals = [1, 2, 3] as const;

/** Resolves once both replicas follow and every Sentinel knows all servers and both others. */
export async function startSentinelGroup(server: string, downAfterMs: number): Promise<SentinelGroup> {
  const folder = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const block = `127.${randomByte()}.${randomByte()}`;
  const hosts = ordinals.map((ordinal) => `${block}.${ordinal}`);
  const [primary = '', ...replicas] = hosts;
  const children: ChildProcess[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(children.map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const host of hosts) {
      const lines = dataSettings(host, host === primary ? undefined : primary);
      children.push(await start(server, join(folder, `data-${host}`), lines, []));
    }
    for (const host of replicas) await untilInfo(host, 'replication', 'master_link_status', 'up');
    for (const host of hosts) {
      const lines = sentinelSettings(host, primary, downAfterMs);
      children.push(await start(server, join(folder, `sentinel-${host}`), lines, ['--sentinel']));
    }
    for (const host of hosts) await untilComplete(host);
  } catch (failure) {
    await remove();
    throw failure;
  }
  return { primary, replicas, killPrimary: () => void children[0]?.kill('SIGKILL'), remove };
}

const randomByte = (): number => 1 + Math.floor(Math.random() * 254);

/** Announced, since what connects from one loopback address to another seems to come from the usual one. */
const dataSettings = (host: string, primary: string | undefined): readonly string[] => [
  `bind ${host}`,
  `port ${dataPort}`,
  'protected-mode no',
  `replica-announce-ip ${host}`,
  'save ""',
  'repl-diskless-sync-delay 0',
  ...(primary === undefined ? [] : [`replicaof ${primary} ${dataPort}`]),
];

/** The time limit is the one in Redis's own example; a group that is new for each kill never meets it. */
const sentinelSettings = (host: string, primary: string, downAfterMs: number): readonly string[] => [
  `bind ${host}`,
  `port ${sentinelPort}`,
  'protected-mode no',
  `sentinel monitor main ${primary} ${dataPort} 2`,
  `sentinel down-after-milliseconds main ${downAfterMs}`,
  'sentinel failover-timeout main 60000',
  `sentinel announce-ip ${host}`,
];

async function start(
  server: string,
  folder: string,
  settings: readonly string[],
  flags: readonly string[],
): Promise<ChildProcess> {
  await mkdir(folder);
  const file = join(folder, 'server.conf');
  await writeFile(file, `${[`dir ${folder}`, 'logfile log', ...settings].join('\n')}\n`);
  // It ends with us, however we end; it keeps the pid that it was started with.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', server, file, ...flags], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Its hello to the others goes out every 2 s, so that this takes about as long. */
async function untilComplete(host: string): Promise<void> {
  await eventually(
    `the Sentinel at ${host} knows everybody`,
    () =>
      withClient(host, sentinelPort, async (client) => {
        const flat = (await client.call('SENTINEL', 'MASTER', 'main')) as readonly string[];
        const figure = (name: string): number => Number(flat[flat.indexOf(name) + 1]);
        return figure('num-slaves') === 2 && figure('num-other-sentinels') === 2 ? true : undefined;
      }),
    30,
  );
}

async function untilInfo(host: string, section: string, field: string, wanted: string): Promise<void> {
  await eventually(
    `${field} of ${host} is ${wanted}`,
    () =>
      withClient(host, dataPort, async (client) =>
        fieldOf(await client.info(section), field) === wanted ? true : undefined,
      ),
    30,
  );
}

async function withClient<Result>(
  host: string,
  port: number,
  use: (client: Redis) => Promise<Result>,
): Promise<Result> {
  const client = new Redis({
    host,
    port,
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    client.disconnect();
  }
}
