import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, serverPid, signalAll } from '../../e2e/members.ts';
import { printCount, printTail } from '../figures.ts';
import { monotonicMs } from './monotonic.ts';
import { aftermath, atRandom, type Lineup, limitSeconds, lineup, type Rig, withRig } from './rig.ts';
import { watchForSuccessor } from './successor.ts';
import { pinned, withConnection } from './writer.ts';

const rounds = Number(process.env['COUNT'] ?? 10);
/** How long the manager has for ending its hung server before we do. */
const cureMs = 30_000;

interface Hang {
  readonly what: string;
  readonly begin: (rig: Rig, before: Lineup, signal: AbortSignal) => void;
}

const hangs: readonly Hang[] = [
  {
    what: 'endless script',
    begin: ({ password }, { primary }, signal) => {
      const patient = { ...pinned, answerWithinMs: undefined };
      void withConnection({ host: primary.address, password }, patient, signal, async (client) => {
        await client.eval('while true do end', 0);
      });
    },
  },
  {
    what: 'SIGSTOP of redis-server',
    begin: (_rig, { primary }) => signalAll([serverPid(primary)], 'SIGSTOP'),
  },
];

interface Round {
  readonly atPod: number | undefined;
  /** Its manager ended the hung server. */
  readonly cured: boolean;
}

/** A redis-server that runs and answers nobody, under a manager that answers. */
export async function measureFailoverHung(): Promise<void> {
  await withRig('hung', async (rig) => {
    for (const hang of hangs) {
      const seen: Round[] = [];
      while (seen.length < rounds) seen.push(await hangOnce(rig, hang));
      tell(hang, seen);
    }
  });
}

async function hangOnce(rig: Rig, hang: Hang): Promise<Round> {
  const before = await lineup(rig);
  const pid = serverPid(before.primary);
  const stopping = new AbortController();
  const watch = watchForSuccessor(
    before.survivors.map(({ address }) => address),
    rig.password,
  );
  try {
    await atRandom();
    const hungAt = monotonicMs();
    hang.begin(rig, before, stopping.signal);
    const successor = await watch.within(limitSeconds);
    const cured = await endsWithin(pid, cureMs);
    return { atPod: successor === undefined ? undefined : successor.at - hungAt, cured };
  } finally {
    signalAll([pid], 'SIGKILL');
    stopping.abort();
    await watch.stop();
    await aftermath(rig, before);
  }
}

async function endsWithin(pid: number, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (isRunning(pid) && performance.now() < deadline) await sleep(100);
  return !isRunning(pid);
}

function tell({ what }: Hang, seen: readonly Round[]): void {
  const atPod = seen.map((round) => round.atPod).filter((value) => value !== undefined);
  printTail(`${what} to a write`, atPod, 'target: 4 s');
  printCount(`no successor within ${limitSeconds} s`, seen.length - atPod.length, seen.length, 'target: 0');
  const left = seen.filter(({ cured }) => !cured).length;
  printCount(`hung server left for ${cureMs / 1000} s more`, left, seen.length, 'ended by the bench');
}
