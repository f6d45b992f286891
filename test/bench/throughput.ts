import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { getJson, kubectl, kubectlWith } from '../e2e/kubectl.ts';
import { barePod } from './bare-pod.ts';
import { median, print } from './figures.ts';

const run = promisify(execFile);
const pairs = 10;
const requests = 100_000;
const kinds = ['SET', 'GET'] as const;
type Kind = (typeof kinds)[number];

/**
 * redis-benchmark against redis-server under our manager and against the same image with redis-server
 * alone and the same settings. One after the other, ten times, so that a noisy minute meets both.
 */
export async function measureThroughput(): Promise<void> {
  const namespace = newName('bench-throughput');
  await makeNamespace(namespace);
  const cluster = new TestCluster(namespace, 'redis');
  await cluster.apply({ instances: 1, persistence: 'none' });
  await cluster.healthy(60);
  const password = await cluster.password();
  await kubectlWith(barePod(namespace, password), 'create');
  await kubectl('wait', '--for=condition=Ready', 'pod/bare', '-n', namespace, '--timeout=60s');
  const [supervisedHost, bareHost] = [
    await addressOf(namespace, 'redis-0'),
    await addressOf(namespace, 'bare'),
  ];
  const figures: Record<Kind, { supervised: number[]; bare: number[] }> = {
    SET: { supervised: [], bare: [] },
    GET: { supervised: [], bare: [] },
  };
  for (let pair = 0; pair < pairs; pair += 1) {
    for (const kind of kinds) {
      const both = [
        async () => figures[kind].supervised.push(await benchmark(supervisedHost, kind, password)),
        async () => figures[kind].bare.push(await benchmark(bareHost, kind, password)),
      ];
      for (const run of pair % 2 === 0 ? both : both.reverse()) await run();
    }
  }
  for (const kind of kinds) {
    const { supervised, bare } = figures[kind];
    const ratios = supervised.map((value, index) => value / (bare[index] ?? Number.NaN));
    print(`${kind}, supervised`, supervised, 'req/s', `bare: ${median(bare).toFixed(0)} req/s`);
    print(`${kind}, supervised : bare`, ratios, '', 'target: 0.97');
  }
  await dropNamespace(namespace);
}

/** Requests a second, from beside the nodes: both pods are the same number of hops away. */
async function benchmark(host: string, kind: Kind, password: string): Promise<number> {
  const args = [
    '-h',
    host,
    '-a',
    password,
    '-t',
    kind.toLowerCase(),
    '-n',
    String(requests),
    '-c',
    '50',
    '--csv',
  ];
  const { stdout } = await run('redis-benchmark', args);
  const line = stdout.split('\n').find((one) => one.startsWith(`"${kind}"`)) ?? '';
  return Number(line.split(',')[1]?.replaceAll('"', ''));
}

async function addressOf(namespace: string, pod: string): Promise<string> {
  const { status } = await getJson<{ status: { podIP: string } }>('pod', pod, '-n', namespace);
  return status.podIP;
}
