import {
  dropNamespace,
  engineImage,
  makeNamespace,
  newName,
  otherImage,
  TestCluster,
} from '../../e2e/cluster.ts';
import { memberOf } from '../../e2e/members.ts';
import { allMadeAnew, uidsOf, watching } from '../../e2e/planned/operations.ts';
import { printCount, printTail } from '../figures.ts';
import { FullResyncs } from './full-resyncs.ts';
import { Writers } from './writers.ts';

const keys = 500_000;
/** So many bytes at each key, beside its name. */
const valueSize = 64;
const writerCount = 16;
const limitSeconds = 300;

const spec = { instances: 3, persistence: 'aof', resources: { requests: { cpu: '50m', memory: '512Mi' } } };

/**
 * Three instances with append-only files and half a million keys are restarted one after the other under load, and then given
 * the other engine: how often all of the data is sent, how long nobody takes writes, and what is lost.
 */
export async function measureRolling(): Promise<void> {
  const namespace = newName('bench-rolling');
  await makeNamespace(namespace);
  try {
    const cluster = new TestCluster(namespace, 'redis');
    await cluster.apply(spec);
    await cluster.healthy(120);
    await fill(cluster);
    await roll(cluster, 'restart', () => cluster.annotate('redis.io/restartedAt=now'));
    await roll(cluster, `${engineImage} to ${otherImage}`, () =>
      cluster.apply({ ...spec, imageName: otherImage }),
    );
  } finally {
    await dropNamespace(namespace);
  }
}

/** DEBUG POPULATE is not replicated: half a million writes are. */
async function fill(cluster: TestCluster): Promise<void> {
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  const [value, batch] = ['x'.repeat(valueSize), 1000];
  for (let from = 0; from < keys; from += batch) {
    const pairs = Array.from({ length: batch }, (_, index) => [`filled:${from + index}`, value]);
    await leader.mset(pairs.flat());
  }
  await leader.call('WAIT', '2', '60000');
  leader.disconnect();
}

async function roll(cluster: TestCluster, what: string, begin: () => Promise<unknown>): Promise<void> {
  const old = await uidsOf(cluster);
  const resyncs = await FullResyncs.of(cluster);
  const began = performance.now();
  let [lost, present]: [readonly string[], number] = [[], 0];
  let writers: Writers | undefined;
  try {
    await watching(cluster, async (addresses) => {
      writers = new Writers(writerCount, addresses, await cluster.password());
      await begin();
      await allMadeAnew(cluster, old, limitSeconds);
      const { address } = await memberOf(cluster);
      lost = await writers.lostAt(address);
      present = await filledAt(cluster, address);
    });
  } finally {
    await writers?.stop();
  }
  const served = await resyncs.stop();
  const { handovers = [], acknowledged = 0, longestStayMs = 0 } = writers ?? {};
  const gaps = handovers.map(({ gapMs }) => gapMs);
  const sum = gaps.reduce((total, gap) => total + gap, 0);
  console.log(`  ${what}, ${keys} keys, ${Math.round((performance.now() - began) / 1000)} s`);
  printCount('changes of the server that takes writes', gaps.length, 3, 'the least: 1');
  printTail('sum of the gaps in writes, at the pods', [sum], 'target: 100 ms');
  printTail('longest gap beside these', [longestStayMs], 'the server stayed the same');
  printCount('full resyncs', served, 3, 'target: 0');
  printCount('writes that were acknowledged and lost', lost.length, acknowledged, 'target: 0');
  printCount('keys of before that are there', present, keys, 'target: all');
}

async function filledAt(cluster: TestCluster, host: string): Promise<number> {
  const client = await cluster.connect(host);
  let present = 0;
  for (let from = 0; from < keys; from += 1000)
    present += await client.exists(Array.from({ length: 1000 }, (_, index) => `filled:${from + index}`));
  client.disconnect();
  return present;
}
