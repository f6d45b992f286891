import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineProgramFolder, engines } from '../../cluster/engines/engines.ts';
import { engineImage } from '../../e2e/cluster.ts';
import { printCount, printTail } from '../figures.ts';
import { crashOften, type Round } from './crash.ts';
import { monotonicMs } from './monotonic.ts';
import { whilePolling } from './polling.ts';
import { startSentinelGroup } from './sentinel-group.ts';
import { watchForSuccessor } from './successor.ts';

const rounds = 10;
/** The shorter is as low as anybody dares; Sentinel's default is 30 s. */
const patiences = [1000, 5000] as const;
const limitSeconds = 60;

/** What failover-crash is to be compared with, on the same machine in the same run. */
export async function measureFailoverBaselines(): Promise<void> {
  await measureSentinel();
  await whilePolling(measurePolling);
}

async function measurePolling(): Promise<void> {
  const seen: Round[] = [];
  await crashOften(rounds, seen);
  const took = seen.flatMap(({ atPod }) => (atPod === undefined ? [] : [atPod]));
  printTail('our own operator, polling only, SIGKILL to write', took, 'baseline: --no-instance-events');
}

/** Sentinel with the same engine's binaries, a new group for each SIGKILL of its primary. */
async function measureSentinel(): Promise<void> {
  const engine = engines.find(({ image }) => image === engineImage);
  if (engine === undefined) {
    console.log(
      `  not measured: ${engineImage} is none of the project's own images, whose programs run here`,
    );
    return;
  }
  const server = join(await engineProgramFolder(engine), 'redis-server');
  for (const patience of patiences) {
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const gap = await killOnce(server, patience);
      if (gap !== undefined) took.push(gap);
    }
    const what = `Sentinel, down after ${patience} ms, SIGKILL to write`;
    printTail(what, took, `baseline: ${engine.name} ${engine.version}`);
    printCount(`Sentinel, no successor within ${limitSeconds} s`, rounds - took.length, rounds, '');
  }
}

/** From SIGKILL of the primary to the first write that another server acknowledges, in milliseconds. */
async function killOnce(server: string, downAfterMs: number): Promise<number | undefined> {
  const group = await startSentinelGroup(server, downAfterMs);
  const watch = watchForSuccessor(group.replicas, undefined);
  try {
    // A kill that always came at the same point of Sentinel's second would measure that point.
    await sleep(100 + Math.random() * 1000);
    const killedAt = monotonicMs();
    group.killPrimary();
    const successor = await watch.within(limitSeconds);
    return successor === undefined ? undefined : successor.at - killedAt;
  } finally {
    await watch.stop();
    await group.remove();
  }
}
