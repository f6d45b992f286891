import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineProgramFolder, engines } from '../../cluster/engines/engines.ts';
import { engineImage } from '../../e2e/cluster.ts';
import { kubectl } from '../../e2e/kubectl.ts';
import { membersOf } from '../../e2e/members.ts';
import { eventually } from '../../e2e/wait.ts';
import { lineup, type Rig, serviceClient, withRig } from '../failover/rig.ts';
import { printCount, printTail } from '../figures.ts';
import { nativeGaps } from './native.ts';
import { Writers } from './writers.ts';

const rounds = Number(process.env['COUNT'] ?? 100);
const writerCount = 16;
const nativeRounds = 20;

interface Seen {
  readonly atPod: readonly number[];
  readonly throughService: readonly number[];
  readonly acknowledged: number;
  readonly lost: readonly string[];
  readonly extra: number;
}

/** Planned switchovers under 16 writers, again and again: what is lost, and for how long nobody takes writes. */
export async function measureSwitchover(): Promise<void> {
  await withRig('switchover', async (rig) => {
    const seen = await switchOver(rig);
    const target = 'target: p50 15, p99 50';
    printTail('gap in writes, at the pods', seen.atPod, target);
    printTail('gap in writes, leader Service', seen.throughService, 'target: p50 100');
    printCount('writes that were acknowledged and lost', seen.lost.length, seen.acknowledged, 'target: 0');
    // Each switchover is seen once by whoever watches all writes: more often, and two have taken turns.
    printCount('changes of the server beyond these', seen.extra, rounds, 'target: 0');
  });
  const engine = engines.find(({ image }) => image === engineImage);
  if (engine === undefined)
    return console.log(`  no baseline: the programs of ${engineImage} are not at hand`);
  const server = join(await engineProgramFolder(engine), 'redis-server');
  const gaps = await nativeGaps(server, writerCount, nativeRounds);
  printTail('gap in writes, FAILOVER of the engine', gaps, `baseline: ${engine.name} ${engine.version}`);
}

async function switchOver(rig: Rig): Promise<Seen> {
  const members = await membersOf(rig.cluster);
  const before = await lineup(rig);
  const addresses = members.map(({ address }) => address);
  const writers = new Writers(writerCount, () => addresses, rig.password);
  const client = await serviceClient(rig, before);
  const lost: string[] = [];
  const throughService: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { primary, survivors, term } = await lineup(rig);
      // The one that has just handed over is in sync sooner than the kubelet calls it ready.
      await eventually('both replicas are ready', () => bothReady(rig), 30);
      await sleep(200 + Math.random() * 500);
      client.forget();
      const to = survivors[round % survivors.length];
      const name = ['redisclusters.redis.io', rig.cluster.name, '-n', rig.cluster.namespace];
      await kubectl('annotate', ...name, `redis.io/switchover-to=${to?.pod}`, '--overwrite');
      await eventually(
        `${to?.pod} takes over from ${primary.pod}`,
        async () => {
          const status = await rig.cluster.status();
          return (status.term ?? 0) > term && status.currentPrimary === to?.pod ? true : undefined;
        },
        30,
      );
      await sleep(1500);
      lost.push(...(await writers.lostAt(to?.address ?? '')));
      throughService.push(...gapsIn(client.writes));
    }
  } finally {
    await Promise.all([writers.stop(), client.end()]);
  }
  const { handovers, acknowledged } = writers;
  return {
    atPod: handovers.map(({ gapMs }) => gapMs),
    throughService,
    acknowledged,
    lost,
    extra: handovers.length - rounds,
  };
}

const bothReady = async ({ cluster }: Rig): Promise<true | undefined> =>
  (await cluster.endpoints('replica')).length === 2 ? true : undefined;

/** From the last write of one server to the first of the next. */
function gapsIn(writes: readonly { readonly server: string; readonly at: number }[]): readonly number[] {
  return writes.flatMap((write, index) => {
    const previous = writes[index - 1];
    return previous !== undefined && previous.server !== write.server ? [write.at - previous.at] : [];
  });
}
