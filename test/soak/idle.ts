import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { writesTo } from '../e2e/audit.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { settingsSent } from '../e2e/planned/operations.ts';
import { operations, usual } from './operations.ts';

/**
 * After each operation its cluster is left alone: no API write, and no setting sent to any redis-server. All operations at
 * once, each with a cluster of its own. Usage: IDLE_MINUTES=10 node test/soak/idle.ts, inside test/cluster/enter;
 * ENGINE_IMAGE chooses the engine.
 */
const minutes = Number(process.env['IDLE_MINUTES'] ?? 10);

const namespace = newName('idle');
await makeNamespace(namespace);
try {
  process.exitCode = (await leaveAlone()) ? 0 : 1;
} finally {
  await dropNamespace(namespace);
}
process.exit();

async function leaveAlone(): Promise<boolean> {
  const clusters = Object.keys(operations).map((name) => new TestCluster(namespace, name));
  await Promise.all(clusters.map((cluster) => cluster.apply(usual)));
  for (const cluster of clusters) await cluster.healthy(180);
  // Two at a time: more of them would only wait for the machine.
  const waiting = clusters.values();
  const work = async (): Promise<void> => {
    for (const cluster of waiting) {
      await operations[cluster.name]?.(cluster);
      await cluster.healthy(180);
      console.log(`${cluster.name}: done`);
    }
  };
  await Promise.all([work(), work()]);
  // The last probes and endpoint changes settle within seconds.
  await sleep(20_000);
  const sent = await Promise.all(clusters.map(settingsSent));
  const from = new Date().toISOString();
  await sleep(minutes * 60_000);
  const writes = writesTo(namespace, from);
  const sentSince = await Promise.all(clusters.map(settingsSent));
  console.log(`${minutes} idle minutes after each of ${clusters.length} operations, ${engineImage}`);
  let isIdle = true;
  for (const [index, { name }] of clusters.entries()) {
    const written = writes.filter((write) => write.includes(name));
    const isSame = isDeepStrictEqual(sent[index], sentSince[index]);
    const settings = isSame ? 'no setting sent' : `sent ${JSON.stringify([...(sentSince[index] ?? [])])}`;
    console.log(`  ${name.padEnd(20)} API writes ${written.length}, ${settings} ${written.join('; ')}`);
    isIdle &&= isSame;
  }
  console.log(`  API writes in all    ${writes.length}  (target: 0)`);
  return isIdle && writes.length === 0;
}
