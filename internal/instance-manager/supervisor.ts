import type { ProcessExit } from '../control/protocol.ts';
import { describeError } from '../errors.ts';
import { between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { type Facts, type FactsCell, notStarted } from './facts.ts';
import { hearFinal, noWords } from './final-words.ts';
import { lastStreams } from './last-streams.ts';
import { loseLink, noLink } from './link.ts';
import type { Ports, RunningProcess } from './ports.ts';
import { readTenure } from './read-tenure.ts';
import { recordOf } from './record.ts';
import { decideRestart, describeExit, type Life } from './restart.ts';
import { isSame } from './same.ts';
import { hearRefusal } from './sync-refusal.ts';
import { untilNotFenced } from './user-fence.ts';
import { isAlone } from './view.ts';

/** How the supervision ended. */
export type Outcome =
  | { readonly kind: 'stopped'; readonly exit: ProcessExit }
  /** redis-server does not stay up, and its end is ours; `lastWords` are its last lines. */
  | {
      readonly kind: 'failed';
      readonly exit: ProcessExit;
      readonly because: string;
      readonly lastWords: readonly string[];
    };

/** Enough for a configuration error, which takes four lines, and for the head of a crash report. */
const lastWordsKept = 20;
/** They lie in a pipe already; a process that the dead one left behind may keep it open for as long as it likes. */
const lastWordsLimit = milliseconds(500);
/** What is read of its end before that is told: it lies in the pipe, and takes a millisecond. A failover waits for it. */
const finalWordsLimit = milliseconds(20);
/**
 * Whoever is killed says nothing more: what it said before was read when its end is heard of (measured: a tenth of a
 * millisecond before), unless a child of its own, such as one that saves, keeps the pipe open.
 */
const killedWordsLimit = milliseconds(2);

export interface Supervisor {
  /** Ends once redis-server ended for good. */
  run(signal: AbortSignal): Promise<Outcome>;
  /** The redis-server that runs now. */
  readonly child: RunningProcess | undefined;
}

/**
 * Keeps one redis-server running, each time fenced and following nobody, as its redis.conf says. Its end is written
 * down at once, before anything else is done: whoever listens to the facts can appoint another in milliseconds.
 */
export function createSupervisor(ports: Ports, cell: FactsCell): Supervisor {
  let child: RunningProcess | undefined;
  const live = async (signal: AbortSignal): Promise<EndedLife> => {
    const lastWords: string[] = [];
    let finalWords = noWords;
    const onLine = (line: string): void => {
      finalWords = hearFinal(finalWords, line);
      hear(line, lastWords, ports, cell);
    };
    const left = ports.processes.takeOver?.(onLine);
    const startedAt = left === undefined ? ports.clock.monotonic() : startOf(cell.current, ports);
    child = left ?? (await ports.processes.start(onLine, signal));
    const { silent, exited } = child;
    // Of one that was left to us all is known already.
    if (left === undefined) cell.change(factsOfStart(child, startedAt));
    // Whoever stopped us meanwhile found nothing to stop.
    if (cell.current.stopping || cell.current.fencedByUser) child.signal('SIGTERM');
    const ended = new AbortController();
    const alive = AbortSignal.any([signal, ended.signal]);
    // Until the boot term is known, nothing can be promoted; following does not need it.
    const learning = learn(() => cell.current.process.bootTerm !== undefined, ports, cell, alive);
    const exit = await exited;
    child = undefined;
    const limit = exit.signal === 'SIGKILL' ? killedWordsLimit : finalWordsLimit;
    const read = silent.then(() => true);
    const saidAll = (await Promise.race([read, ports.clock.sleep(limit, signal)])) === true;
    const { answeredAt } = cell.current.process;
    const streams = lastStreams(cell.current, saidAll, ports.clock.monotonic());
    cell.change({ ...factsOfEnd(cell.current, exit), finalWords, lastStreams: streams });
    ended.abort();
    await learning;
    await noteEnd(exit, ports, cell);
    const lasted = between(startedAt, ports.clock.monotonic());
    return { exit, lastWords, silent, life: { answered: answeredAt !== undefined, lasted } };
  };
  return {
    get child() {
      return child;
    },
    run: async (signal) => {
      const lives: Life[] = [];
      let outcome: Outcome | undefined;
      while (outcome === undefined) outcome = await nextLife(lives, live, { ports, cell }, signal);
      return outcome;
    },
  };
}

interface Supervised {
  readonly ports: Ports;
  readonly cell: FactsCell;
}

/** One life, once the user lets it begin; undefined when another is to follow. What the user ended counts for nothing. */
async function nextLife(
  lives: Life[],
  live: (signal: AbortSignal) => Promise<EndedLife>,
  { ports, cell }: Supervised,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  await learn(() => cell.current.cluster !== undefined, ports, cell, signal);
  await untilNotFenced(cell, signal);
  if (cell.current.stopping) return { kind: 'stopped', exit: inOrder };
  const ended = await live(signal);
  const { stopping, fencedByUser } = cell.current;
  if (stopping) return { kind: 'stopped', exit: ended.exit };
  if (fencedByUser) return undefined;
  lives.push(ended.life);
  const outcome = await afterCrash(ended, lives, { ports, cell }, signal);
  return cell.current.stopping ? { kind: 'stopped', exit: ended.exit } : outcome;
}

/** Undefined once redis-server is to be started again. */
async function afterCrash(
  { exit, life, lastWords, silent }: EndedLife,
  lives: readonly Life[],
  { ports: { clock, log, identity }, cell }: Supervised,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  log.error(`redis-server ended with ${describeExit(exit)}`, { lasted: life.lasted });
  const verdict = decideRestart(lives, { alone: isAlone(identity.podName, cell.current.cluster) });
  if (verdict.kind === 'giveUp') {
    await Promise.race([silent, clock.sleep(lastWordsLimit)]);
    return { kind: 'failed', exit, because: verdict.because, lastWords };
  }
  await clock.sleep(verdict.wait, signal);
  return undefined;
}

/** One redis-server process, after its end. */
interface EndedLife {
  readonly exit: ProcessExit;
  readonly lastWords: readonly string[];
  readonly silent: Promise<void>;
  readonly life: Life;
}

const startOf = ({ process }: Facts, { clock }: Ports): Moment => process.startedAt ?? clock.monotonic();

const factsOfStart = (
  { pid, run }: RunningProcess,
  startedAt: Facts['process']['startedAt'],
): Partial<Facts> => ({
  process: { ...notStarted, pid, run, startedAt },
  aside: { kind: 'none' },
  redis: undefined,
  opening: false,
  link: noLink,
  syncRefusal: undefined,
});

const inOrder: ProcessExit = { code: 0, signal: undefined };

const factsOfEnd = (
  { process, redis, lastOffset, stopping, fencedByUser }: Facts,
  exit: ProcessExit,
): Partial<Facts> => ({
  process: { ...process, state: stopping || fencedByUser ? 'stopped' : 'exited', pid: undefined, exit },
  lastOffset: redis?.offset ?? lastOffset,
  redis: undefined,
  opening: false,
  proof: undefined,
  link: noLink,
});

/**
 * Who ended in order, with nothing that its replicas had not, need not be asked for it when it is back; and the data set that
 * a primary saved at its end has all that it acknowledged. One that was never the primary of the term itself has loaded
 * what another had left, and may say neither.
 */
async function noteEnd(exit: ProcessExit, { records, log }: Ports, cell: FactsCell): Promise<void> {
  const { stored, finalWords, process, cluster } = cell.current;
  const record = recordOf(stored);
  if (record.role !== 'primary' || exit.code !== 0) return;
  const { tenure } = cluster ?? {};
  const isNamed = tenure?.term === record.term && tenure.run !== undefined && tenure.run === process.run;
  // Nobody but this process took an office that was given after it had begun, whatever became of the tenure since.
  const isHolder = isNamed || (process.bootTerm !== undefined && process.bootTerm < record.term);
  const handed = (finalWords.handedOverTo ?? 0) > 0 ? { handedOver: true } : {};
  const whole = finalWords.saved === true && isHolder ? { saved: record.term } : {};
  const ended = { ...record, ...handed, ...whole };
  if (isSame(ended, record)) return;
  try {
    await records.write(ended);
    cell.change({ stored: { kind: 'record', record: ended }, ahead: undefined });
  } catch (thrown) {
    log.warn('how it ended could not be written down', { error: describeError(thrown) });
  }
}

function hear(line: string, words: string[], ports: Ports, cell: FactsCell): void {
  words.push(line);
  if (words.length > lastWordsKept) words.shift();
  const lost = /Connection with (master|primary) lost/i.test(line);
  const { link, syncRefusal } = cell.current;
  const lastWordAt = ports.clock.monotonic();
  cell.change({
    lastWordAt,
    link: lost ? loseLink(link) : link,
    syncRefusal: hearRefusal(syncRefusal, words, lastWordAt),
  });
}

/** A live read takes 1 to 10 ms; one that takes longer than this is asked again. */
const readLimit = seconds(2);
const firstWait = milliseconds(50);
const longestWait = seconds(5);

/** Reads the RedisCluster live until what is wanted is known, or `signal` aborts. */
async function learn(
  isKnown: () => boolean,
  ports: Ports,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = firstWait; !signal.aborted && !isKnown(); wait = doubled(wait, longestWait)) {
    try {
      await readTenure(ports, cell, readLimit, signal);
      if (!isKnown()) ports.log.warn(whyUnknown(cell.current));
    } catch (thrown) {
      if (signal.aborted) return;
      ports.log.warn('the RedisCluster cannot be read', { error: describeError(thrown) });
    }
    if (isKnown()) return;
    await ports.clock.sleep(wait, signal);
  }
}

const whyUnknown = ({ cluster }: Facts): string =>
  cluster === undefined
    ? 'there is no RedisCluster of our name yet'
    : 'the tenure in the status of our RedisCluster cannot be read';

const doubled = (wait: Duration, longest: Duration): Duration => milliseconds(Math.min(wait * 2, longest));
