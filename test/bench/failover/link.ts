import { setTimeout as sleep } from 'node:timers/promises';
import { cutLink, healLink } from '../../cluster/faults.ts';
import { printCount, printTail } from '../figures.ts';
import { monotonicMs } from './monotonic.ts';
import {
  aftermath,
  atRandom,
  limitSeconds,
  lineup,
  neighbour,
  operatorNodes,
  type Rig,
  serviceClient,
  takenOver,
  withRig,
} from './rig.ts';
import { watchForSuccessor } from './successor.ts';

const rounds = 20;
/** How long the link stays cut after the new primary's first write: for the old one to show that it still writes. */
const overlapMs = 3000;

/** All in milliseconds; undefined where it did not happen in time. */
interface Round {
  /** An operator ran on the node that was cut off: another one has to be elected first. */
  readonly operatorCut: boolean;
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
  const before = await lineup(rig);
  const { node } = before.primary;
  const operatorCut = (await operatorNodes()).includes(node);
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
      operatorCut,
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

function tell(seen: readonly Round[]): void {
  const all = (some: readonly Round[], figure: (round: Round) => number | undefined): readonly number[] =>
    some.map(figure).filter((value) => value !== undefined);
  const [with_, without] = [
    seen.filter(({ operatorCut }) => operatorCut),
    seen.filter((each) => !each.operatorCut),
  ];
  const atPod = all(seen, (round) => round.atPod);
  printTail(
    'cut to a write, operator elsewhere',
    all(without, (round) => round.atPod),
    'target: 5 s',
  );
  printTail(
    'cut to a write, leader Service',
    all(without, (round) => round.throughService),
    'target: 5 s',
  );
  printTail(
    'cut with the operator, to a write',
    all(with_, (round) => round.atPod),
    'after an election',
  );
  printTail(
    'old last write to new first write',
    all(seen, (round) => round.silence),
    'target: above 0',
  );
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  const strays = seen.flatMap((round) => round.strays);
  printCount(
    'rounds with two writers',
    seen.filter((round) => round.strays.length > 0).length,
    seen.length,
    'target: 0',
  );
  printTail('a stray write after the new first one', strays, 'target: none');
}
