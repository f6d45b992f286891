import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePackages } from '../../build/binary/debian.ts';
import { dropNamespace, engineImage, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';
import { Ledger } from '../e2e/ledger.ts';

/**
 * Nothing fails, but the machine has no time: 4 processes that do nothing but compute, and a redis-benchmark that keeps
 * the primary busy. Every failover is a false one. Usage: MINUTES=30 node test/soak/false-failovers.ts, inside
 * test/cluster/enter; ENGINE_IMAGE chooses the engine.
 */
const minutes = Number(process.env['MINUTES'] ?? 30);
const hogs = 4;
const lookEveryMs = 1000;

const started: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

requirePackages(['redis-tools']);
const namespace = newName('soak');
await makeNamespace(namespace);
try {
  process.exitCode = (await soak(new TestCluster(namespace, 'redis'))) ? 0 : 1;
} finally {
  await dropNamespace(namespace);
}
process.exit();

async function soak(cluster: TestCluster): Promise<boolean> {
  await cluster.apply({ instances: 3 });
  const before = await cluster.healthy(120);
  const ledger = await Ledger.of(cluster, 0);
  for (let hog = 0; hog < hogs; hog += 1) begin(process.execPath, ['--eval', 'for (;;);']);
  const load = ['-c', '50', '-P', '16', '-r', '100000', '-d', '64', '-t', 'set', '-l', '-q'];
  begin('redis-benchmark', [
    '-h',
    await cluster.serviceAddress('leader'),
    '-a',
    await cluster.password(),
    ...load,
  ]);
  const phases = new Map<string, number>();
  let [looks, unanswered] = [0, 0];
  for (const end = performance.now() + minutes * 60_000; performance.now() < end; await sleep(lookEveryMs)) {
    looks += 1;
    const status = await cluster.status().catch(() => undefined);
    unanswered += Number(status === undefined);
    const phase = status?.phase ?? 'unknown';
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  for (const child of started) child.kill('SIGKILL');
  const { acknowledged, longestGap } = await ledger.stop();
  const after = await cluster.healthy(120);
  const failovers = (after.term ?? 0) - (before.term ?? 0);
  const seen = [...phases].map(([phase, count]) => `${phase} ${count}`).join(', ');
  console.log(`${minutes} minutes of ${engineImage} beside ${hogs} hogs and a saturating redis-benchmark`);
  console.log(
    `  false failovers   ${failovers}  (target: 0)${failovers === 0 ? '' : `  ${JSON.stringify(after.lastFailover)}`}`,
  );
  console.log(`  phases            ${seen}  (of ${looks} looks, ${unanswered} unanswered)`);
  console.log(`  ledger A          ${acknowledged.length} writes, none for ${longestGap} ms at the longest`);
  return failovers === 0;
}

function begin(program: string, args: readonly string[]): void {
  started.push(spawn(program, args, { stdio: 'ignore' }));
}
