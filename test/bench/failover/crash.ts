import { availableParallelism, loadavg } from 'node:os';
import { type Member, serverPid } from '../../e2e/members.ts';
import { printCount, printTail } from '../figures.ts';
import { monotonicMs } from './monotonic.ts';
import type { RemoteWriter } from './remote-writer.ts';
import { replicationOf, type Streaming, untilStreaming, type Watched, watched } from './replication.ts';
import {
  aftermath,
  atRandom,
  type Lineup,
  limitSeconds,
  lineup,
  type Rig,
  serviceClient,
  takenOver,
  withRig,
} from './rig.ts';
import { type Successor, type SuccessorWatch, watchForSuccessor } from './successor.ts';

const rounds = Number(process.env['COUNT'] ?? 200);
/**
 * A cluster is killed so often and then replaced by a new one: the wait before a restart doubles with each crash, and
 * would in the end be all that is waited for (`internal/instance-manager/restart.ts`).
 */
const roundsOfCluster = 15;

/** All in milliseconds since the kill; undefined where it did not happen in time. */
export interface Round {
  readonly atPod?: number;
  readonly throughService?: number | undefined;
  readonly streaming?: number | undefined;
  /** From the first write on the new primary until the other survivor streams. */
  readonly restream?: number | undefined;
  readonly resync?: Streaming['resync'] | undefined;
  /** How many whole data sets the new primary has given until then: to the survivor, or to the one that was killed. */
  readonly fullResyncs?: number;
  readonly whole: number;
  readonly recorded: boolean;
}

/** SIGKILL of the primary's redis-server, again and again: how long until others take writes and follow. */
export async function measureFailoverCrash(): Promise<void> {
  const seen: Round[] = [];
  try {
    await crashOften(rounds, seen);
  } finally {
    tell(seen);
  }
}

/** Adds each round to `seen` as it ends, and prints it. */
export async function crashOften(count: number, seen: Round[]): Promise<void> {
  while (seen.length < count) {
    await withRig('crash', async (rig) => {
      const last = Math.min(count, seen.length + roundsOfCluster);
      while (seen.length < last) {
        const round = await crash(rig);
        seen.push(round);
        console.log(`  ${seen.length} of ${count}: ${progressOf(round)}`);
      }
    });
  }
}

function progressOf({ atPod, throughService, streaming, whole }: Round): string {
  const ms = (figure: number | undefined): string => `${figure?.toFixed(1) ?? 'none'} ms`;
  const [load = 0] = loadavg();
  return `at the pod ${ms(atPod)}, Service ${ms(throughService)}, streaming ${ms(streaming)}, whole ${ms(whole)}; load ${load.toFixed(1)}`;
}

async function crash(rig: Rig): Promise<Round> {
  const before = await lineup(rig);
  const client = await serviceClient(rig, before);
  const watch = watchForSuccessor(
    before.survivors.map(({ address }) => address),
    rig.password,
  );
  const { password } = rig;
  const replicas = await Promise.all(
    before.survivors.map(({ address }) => watched({ host: address, password })),
  );
  try {
    const histories = await historiesOf(rig, before);
    await atRandom();
    const pid = serverPid(before.primary);
    const oldServer = client.writes.at(-1)?.server ?? '';
    const killedAt = monotonicMs();
    process.kill(pid, 'SIGKILL');
    const seen = await follow({ rig, replicas, client, watch, histories, killedAt, oldServer });
    const { recorded } = await aftermath(rig, before);
    return { ...seen, recorded, whole: monotonicMs() - killedAt };
  } finally {
    for (const replica of replicas) replica.client.disconnect();
    await Promise.all([watch.stop(), client.end()]);
  }
}

interface Killed {
  readonly rig: Rig;
  readonly replicas: readonly Watched[];
  readonly client: RemoteWriter;
  readonly watch: SuccessorWatch;
  readonly histories: ReadonlyMap<string, History>;
  readonly killedAt: number;
  readonly oldServer: string;
}

async function follow(killed: Killed): Promise<Partial<Round>> {
  const { client, watch, killedAt, oldServer } = killed;
  const successor = await watch.within(limitSeconds);
  if (successor === undefined) return {};
  const [throughService, stream] = await Promise.all([
    takenOver(client, oldServer),
    followOther(killed, successor),
  ]);
  await watch.stop();
  return {
    atPod: successor.at - killedAt,
    throughService: throughService === undefined ? undefined : throughService - killedAt,
    ...stream,
  };
}

async function followOther(
  { rig, replicas, histories, killedAt }: Killed,
  successor: Successor,
): Promise<Partial<Round>> {
  const other = replicas.find(({ target }) => target.host !== successor.host);
  if (other === undefined) return {};
  const id = histories.get(other.target.host)?.id ?? '';
  const streaming = await untilStreaming(other, successor.host, id, limitSeconds);
  const now = await replicationOf({ host: successor.host, password: rig.password });
  const given = histories.get(successor.host)?.fullResyncs ?? 0;
  return {
    streaming: streaming === undefined ? undefined : streaming.at - killedAt,
    restream: streaming === undefined ? undefined : streaming.at - successor.at,
    resync: streaming?.resync,
    fullResyncs: (now?.fullResyncs ?? Number.NaN) - given,
  };
}

interface History {
  readonly id: string;
  readonly fullResyncs: number;
}

async function historiesOf(rig: Rig, { survivors }: Lineup): Promise<ReadonlyMap<string, History>> {
  const read = async ({ address, pod }: Member): Promise<readonly [string, History]> => {
    const seen = await replicationOf({ host: address, password: rig.password });
    if (seen === undefined) throw new Error(`${pod} does not say what it follows`);
    return [address, seen];
  };
  return new Map(await Promise.all(survivors.map(read)));
}

function tell(seen: readonly Round[]): void {
  const all = (figure: (round: Round) => number | undefined): readonly number[] =>
    seen.map(figure).filter((value) => value !== undefined);
  const atPod = all((round) => round.atPod);
  const full = seen.filter(({ resync }) => resync === 'full').length;
  const streamed = all((round) => round.streaming);
  const grew = all((round) => round.fullResyncs).filter((count) => count > 0).length;
  printTail('SIGKILL to a write, at the pod', atPod, 'target: 30 ms, p99 150');
  printTail(
    'SIGKILL to a write, leader Service',
    all((round) => round.throughService),
    'from another node; target: 100 ms, p99 1200',
  );
  printTail('SIGKILL to the survivor streaming', streamed, 'target: p99 100 ms');
  printTail(
    'first write to the survivor streaming',
    all((round) => round.restream),
    '',
  );
  printTail(
    'SIGKILL to Healthy in the new term',
    all(({ whole }) => whole),
    'looked at every 200 ms',
  );
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  printCount('survivor not streaming in time', atPod.length - streamed.length, atPod.length, 'target: 0');
  printCount('full resyncs of the survivor', full, streamed.length, 'target: 0');
  printCount('sync_full had grown by then', grew, streamed.length, 'the killed one may be back already');
  const [, load = 0] = loadavg();
  console.log(
    `  load average of the last five minutes, on ${availableParallelism()} cores: ${load.toFixed(1)}`,
  );
  const unrecorded = seen.filter(({ recorded }) => !recorded).length;
  printCount('lastFailover told otherwise', unrecorded, seen.length, 'target: 0');
}
