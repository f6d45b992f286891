import { setTimeout as sleep } from 'node:timers/promises';
import { cutLink, healLink } from '../../cluster/faults.ts';
import { serverPid, signalAll } from '../../e2e/members.ts';
import { operatorNodes } from '../../e2e/operator.ts';
import { printCount, printTail } from '../figures.ts';
import { monotonicMs } from './monotonic.ts';
import {
  aftermath,
  atRandom,
  type Lineup,
  limitSeconds,
  lineup,
  neighbour,
  type Rig,
  serviceClient,
  takenOver,
  withRig,
} from './rig.ts';
import { watchForSuccessor } from './successor.ts';

const rounds = Number(process.env['COUNT'] ?? 20);
/** How long the link stays cut after the new primary's first write: for the old one to show that it still writes. */
const overlapMs = 3000;

/** All in milliseconds; undefined where it did not happen in time. */
interface Round {
  readonly atPod: number | undefined;
  readonly throughService: number | undefined;
  /** From the old primary's last acknowledged write to the new one's first. */
  readonly silence: number | undefined;
  /** Writes that the old primary acknowledged after that. */
  readonly strays: readonly number[];
}

/** The cable of the primary's node is pulled: how long until another one writes, and whether two ever did. */
export async function measureFailoverLink(): Promise<void> {
  await withRig('link', async (rig) => {
    const seen: Round[] = [];
    while (seen.length < rounds) seen.push(await cut(rig));
    tell(seen);
  });
}

async function cut(rig: Rig): Promise<Round> {
  const before = await besideNoOperator(rig);
  const { node } = before.primary;
  const [inside, outside] = [await neighbour(rig, before), await serviceClient(rig, before)];
  const watch = watchForSuccessor(
    before.survivors.map(({ address }) => address),
    rig.password,
  );
  try {
    await atRandom();
    const oldServer = inside.writes.at(-1)?.server ?? '';
    const cutAt = monotonicMs();
    await cutLink(node);
    const successor = await watch.within(limitSeconds);
    const service = successor === undefined ? undefined : await takenOver(outside, oldServer);
    await sleep(overlapMs);
    const old = inside.writes.filter(({ server }) => server === oldServer).map(({ at }) => at);
    const first = successor?.at ?? Number.POSITIVE_INFINITY;
    return {
      atPod: successor === undefined ? undefined : successor.at - cutAt,
      throughService: service === undefined ? undefined : service - cutAt,
      silence: successor === undefined ? undefined : successor.at - (old.at(-1) ?? cutAt),
      strays: old.filter((at) => at > first).map((at) => at - first),
    };
  } finally {
    await healLink(node);
    await Promise.all([watch.stop(), inside.end(), outside.end()]);
    await aftermath(rig, before);
  }
}

/** The primary is moved until the operator runs elsewhere: cut off with it, nobody is there to replace it. */
async function besideNoOperator(rig: Rig): Promise<Lineup> {
  const now = await lineup(rig);
  if (!(await operatorNodes()).includes(now.primary.node)) return now;
  signalAll([serverPid(now.primary)], 'SIGKILL');
  await aftermath(rig, now);
  return await besideNoOperator(rig);
}

function tell(seen: readonly Round[]): void {
  const all = (figure: (round: Round) => number | undefined): readonly number[] =>
    seen.map(figure).filter((value) => value !== undefined);
  const atPod = all((round) => round.atPod);
  const doubles = seen.filter(({ strays }) => strays.length > 0).length;
  const strays = seen.flatMap((round) => round.strays);
  printTail('cut to a write, at the pod', atPod, 'target: p99 3.5 s');
  printTail(
    'cut to a write, leader Service',
    all((round) => round.throughService),
    'from another node',
  );
  printTail(
    'old last write to new first write',
    all((round) => round.silence),
    'target: above 0',
  );
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  printCount('rounds with two writers', doubles, seen.length, 'target: 0');
  printTail('a stray write after the new first one', strays, 'target: none');
}
