import type { ProcessExit } from '../control/protocol.ts';
import { describeError } from '../errors.ts';
import { between, type Duration, milliseconds, seconds } from '../time/units.ts';
import { readTenure } from './act.ts';
import { type Facts, type FactsCell, notStarted } from './facts.ts';
import { loseLink, noLink } from './link.ts';
import type { Ports, RunningProcess } from './ports.ts';
import { decideRestart, describeExit, type Life } from './restart.ts';

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
    const startedAt = ports.clock.monotonic();
    child = await ports.processes.start((line) => hear(line, lastWords, ports, cell), signal);
    const { silent, exited } = child;
    cell.change(factsOfStart(child.pid, startedAt));
    // Whoever stopped us meanwhile found nothing to stop.
    if (cell.current.stopping) child.signal('SIGTERM');
    const ended = new AbortController();
    const learning = learnBootTerm(ports, cell, AbortSignal.any([signal, ended.signal]));
    const exit = await exited;
    child = undefined;
    const { answeredAt } = cell.current.process;
    cell.change(factsOfEnd(cell.current, exit));
    ended.abort();
    await learning;
    const lasted = between(startedAt, ports.clock.monotonic());
    return { exit, lastWords, silent, life: { answered: answeredAt !== undefined, lasted } };
  };
  return {
    get child() {
      return child;
    },
    run: async (signal) => {
      const lives: Life[] = [];
      for (;;) {
        const { exit, lastWords, silent, life } = await live(signal);
        if (cell.current.stopping) return { kind: 'stopped', exit };
        lives.push(life);
        ports.log.error(`redis-server ended with ${describeExit(exit)}`, { lasted: life.lasted });
        const verdict = decideRestart(lives);
        if (verdict.kind === 'giveUp') {
          await Promise.race([silent, ports.clock.sleep(lastWordsLimit)]);
          return { kind: 'failed', exit, because: verdict.because, lastWords };
        }
        await ports.clock.sleep(verdict.wait, signal);
        if (cell.current.stopping) return { kind: 'stopped', exit };
      }
    },
  };
}

/** One redis-server process, after its end. */
interface EndedLife {
  readonly exit: ProcessExit;
  readonly lastWords: readonly string[];
  readonly silent: Promise<void>;
  readonly life: Life;
}

const factsOfStart = (pid: number, startedAt: Facts['process']['startedAt']): Partial<Facts> => ({
  process: { ...notStarted, pid, startedAt },
  redis: undefined,
  link: noLink,
});

const factsOfEnd = ({ process, stopping }: Facts, exit: ProcessExit): Partial<Facts> => ({
  process: { ...process, state: stopping ? 'stopped' : 'exited', pid: undefined, exit },
  redis: undefined,
  link: noLink,
});

function hear(line: string, words: string[], ports: Ports, cell: FactsCell): void {
  words.push(line);
  if (words.length > lastWordsKept) words.shift();
  const lost = /Connection with (master|primary) lost/i.test(line);
  const { link } = cell.current;
  cell.change({ lastWordAt: ports.clock.monotonic(), link: lost ? loseLink(link) : link });
}

const firstWait = milliseconds(50);
const longestWait = seconds(5);

/** Until the boot term is known, nothing can be promoted; following does not need it. */
async function learnBootTerm(ports: Ports, cell: FactsCell, signal: AbortSignal): Promise<void> {
  for (let wait = firstWait; !signal.aborted && cell.current.process.bootTerm === undefined; ) {
    try {
      await readTenure(ports, cell, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      ports.log.warn('the RedisCluster cannot be read', { error: describeError(thrown) });
    }
    if (cell.current.process.bootTerm !== undefined) return;
    await ports.clock.sleep(wait, signal);
    wait = doubled(wait, longestWait);
  }
}

const doubled = (wait: Duration, longest: Duration): Duration => milliseconds(Math.min(wait * 2, longest));
