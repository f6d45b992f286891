import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../e2e/wait.ts';
import { fieldOf } from '../failover/writer.ts';
import { Writers } from './writers.ts';

/**
 * The baseline: two bare servers of the same engine on loopback addresses, and FAILOVER, the engine's own command. Resolves
 * to the gaps in writes, in milliseconds.
 */
export async function nativeGaps(
  server: string,
  writers: number,
  rounds: number,
): Promise<readonly number[]> {
  const folder = await mkdtemp(join(tmpdir(), 'native-'));
  const block = `127.${1 + Math.floor(Math.random() * 254)}.${1 + Math.floor(Math.random() * 254)}`;
  const hosts = [`${block}.1`, `${block}.2`];
  const children = hosts.map((host) => {
    const own = ['--bind', host, '--port', '6379', '--protected-mode', 'no', '--replica-announce-ip', host];
    const kept = [
      '--save',
      '',
      '--dir',
      folder,
      '--repl-diskless-sync-delay',
      '0',
      '--logfile',
      `log-${host}`,
    ];
    return spawn('setpriv', ['--pdeathsig', 'KILL', '--', server, ...own, ...kept], { stdio: 'ignore' });
  });
  const clients = hosts.map((host) => new Redis({ host }));
  for (const client of clients) client.on('error', () => undefined);
  try {
    await clients[1]?.call('REPLICAOF', hosts[0] ?? '', '6379');
    return await failOver(clients, hosts, { writers, rounds });
  } finally {
    for (const client of clients) client.disconnect();
    for (const child of children) {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function failOver(
  clients: readonly Redis[],
  hosts: readonly string[],
  { writers: count, rounds }: { readonly writers: number; readonly rounds: number },
): Promise<readonly number[]> {
  const writers = new Writers(count, () => hosts, undefined);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const [from, to] = [clients[round % 2], clients[(round + 1) % 2]];
      if (from === undefined || to === undefined) break;
      await eventually('the replica streams', () => isPair(from, to), 30);
      const { length } = writers.handovers;
      await from.call('FAILOVER', 'TO', hosts[(round + 1) % 2] ?? '', '6379');
      await eventually(
        'it has taken over',
        async () => (writers.handovers.length > length ? true : undefined),
        30,
      );
    }
  } finally {
    await writers.stop();
  }
  return writers.handovers.map(({ gapMs }) => gapMs);
}

/** The one serves, and the other streams from it, by the word of both. */
async function isPair(from: Redis, to: Redis): Promise<true | undefined> {
  const [primary, replica] = await Promise.all([from.info('replication'), to.info('replication')]);
  const serves = fieldOf(primary, 'role') === 'master' && /state=online/.test(primary);
  const settled = fieldOf(primary, 'master_failover_state') === 'no-failover';
  return serves && settled && fieldOf(replica, 'master_link_status') === 'up' ? true : undefined;
}
