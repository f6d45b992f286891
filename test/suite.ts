import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '../internal/time/system-clock.ts';
import { between } from '../internal/time/units.ts';
import { engineProgramFolder, engines } from './cluster/engines/engines.ts';
import { inspectMachine } from './cluster/machine.ts';
import type { Turn } from './cluster/niceness.ts';
import { inSeconds } from './cluster/progress.ts';
import { chooseProvider } from './cluster/provider.ts';
import {
  addCounts,
  type Counted,
  type Counts,
  countStep,
  describeCounts,
  judgedAgain,
  nothingCounted,
} from './suite/counts.ts';
import { startHeart } from './suite/heart.ts';
import { Room } from './suite/room.ts';
import { endSessionsWithUs, startSession } from './suite/session.ts';
import {
  allStages,
  checkStages,
  commandOf,
  type Lane,
  onlyIn,
  type Phase,
  type Step,
} from './suite/steps.ts';

/**
 * Runs the project's tests, all of them or only the quick ones: node test/suite.ts [check]
 * A step that fails stops nothing: one run tells everything that is wrong.
 */
const isQuick = process.argv[2] === 'check';
const stages = isQuick ? checkStages : allStages(engines, await mayBeSeveral());
/** Node keeps what it has compiled for the next time: to load the project takes it a third of a second otherwise. */
const compiled = join(import.meta.dirname, '../node_modules/.compiled');
const usual: NodeJS.ProcessEnv = { NODE_COMPILE_CACHE: compiled, ...process.env };
interface Result {
  readonly step: Step;
  readonly counts: Counts;
  /** Whether it failed, and by missed deadlines alone. */
  readonly late: boolean;
  readonly lateFiles: readonly string[];
  readonly failures: readonly string[];
}
endSessionsWithUs();
const heart = isQuick ? undefined : startHeart();
const room = new Room(() => heart?.next() ?? Promise.resolve(0));
const results: Result[] = [];
/** Steps that were late beside others. */
const late: Result[] = [];
for (const stage of stages) {
  results.push(...('lanes' in stage ? await runLanes(stage.lanes) : [await report(stage)]));
}

heart?.stop();
console.log('');
for (const { step, failures } of late) {
  console.log(`◦ ${step.name}: late beside others, and run again alone`);
  for (const failure of failures) console.log(`  ${failure}`);
}
const failed = results.filter(({ counts }) => counts.failed > 0);
for (const { step, counts, failures } of failed) {
  console.log(`✗ ${step.name}: ${describeCounts(counts)}`);
  for (const failure of failures) console.log(`  ${failure}`);
}
console.log(describeCounts(addCounts(results.map(({ counts }) => counts))));
process.exitCode = failed.length === 0 ? 0 : 1;

/** What was only late beside others is run once more, with nothing beside it that needs not be: that result counts. */
async function settle(ended: readonly Result[]): Promise<readonly Result[]> {
  const settled: Result[] = [];
  for (const result of ended) {
    if (result.late) late.push(result);
    settled.push(result.late ? await runAgain(result) : result);
  }
  return settled;
}

async function runAgain({ step, counts, lateFiles }: Result): Promise<Result> {
  const again = await report(onlyIn(lateFiles, step));
  return { ...again, counts: judgedAgain(counts, again.counts) };
}

async function runLanes(lanes: readonly Lane[]): Promise<readonly Result[]> {
  return await settle((await Promise.all(lanes.map(runLane))).flat());
}

async function runLane(lane: Lane): Promise<readonly Result[]> {
  const ended: Result[] = [];
  for (const phase of lane) {
    const isWell = ended.every(({ counts }) => counts.failed === 0);
    if (isWell || phase.ifAllIsWell !== true) ended.push(...(await runPhase(phase)));
  }
  return ended;
}

async function runPhase({ workers, steps, gently = false }: Phase): Promise<readonly Result[]> {
  const waiting = steps.values();
  const work = async (): Promise<readonly Result[]> => {
    const ended: Result[] = [];
    for (const step of waiting) {
      const begin = (): Promise<Result> => (step.tells === true ? report : reportAtEnd)(step);
      ended.push(await (gently ? room.within(begin) : begin()));
    }
    return ended;
  };
  return (await Promise.all(Array.from({ length: workers }, work))).flat();
}

/** What the step prints is seen at once. */
async function report(step: Step): Promise<Result> {
  console.log(`\n=== ${step.name}`);
  return await timed(step, 'inherit', () => undefined);
}

/** What the step prints is seen when it has ended, so that it does not mingle with what others print meanwhile. */
async function reportAtEnd(step: Step): Promise<Result> {
  console.log(`\n=== ${step.name} …`);
  return await timed(step, 'pipe', (output) => console.log(`\n=== ${step.name}\n${output}`));
}

async function timed(step: Step, output: Output, tell: (output: string) => void): Promise<Result> {
  const start = systemClock.monotonic();
  const { counts, counted, printed } = await runStep(step, output);
  const length = inSeconds(between(start, systemClock.monotonic()));
  tell(printed);
  console.log(`${counts.failed === 0 ? '✓' : '✗'} ${step.name}: ${describeCounts(counts)} (${length})`);
  const { onlyLate, lateFiles, failures } = counted;
  return { step, counts, late: counts.failed > 0 && onlyLate, lateFiles, failures };
}

/** Whether the cluster is one of plain processes, beside which there may be others. */
async function mayBeSeveral(): Promise<boolean> {
  return chooseProvider(await inspectMachine()).kind === 'processes';
}

type Output = 'inherit' | 'pipe';

interface Ended {
  readonly counts: Counts;
  readonly counted: Counted;
  readonly printed: string;
}

async function runStep(step: Step, output: Output): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  const countsFile = join(folder, 'counts.json');
  try {
    const environment = await environmentOf(step);
    const { exitCode, printed } = await run(commandOf(step, countsFile), {
      environment,
      output,
      turn: step.turn,
    });
    const counted = readCounts(countsFile);
    const counts = countStep(exitCode, step.kind === 'command' ? undefined : counted);
    return { counts, counted, printed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Tests of an engine find its programs on the PATH, its image for pods in ENGINE_IMAGE, and its name in ENGINE. */
async function environmentOf(step: Step): Promise<NodeJS.ProcessEnv> {
  const placed = step.cluster === undefined ? usual : { ...usual, CLUSTER_NAME: step.cluster };
  if (step.kind === 'command' || step.engine === undefined) return placed;
  const programs = await engineProgramFolder(step.engine);
  const path = [programs, process.env['PATH']].join(delimiter);
  return { ...placed, ENGINE: step.engine.name, ENGINE_IMAGE: step.engine.image, PATH: path };
}

function readCounts(file: string): Counted {
  if (!existsSync(file)) return nothingCounted;
  return { ...nothingCounted, ...JSON.parse(readFileSync(file, 'utf8') || '{}') };
}

interface Manner {
  readonly environment: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly turn: Turn | undefined;
}

async function run(
  command: readonly string[],
  { environment, output, turn }: Manner,
): Promise<{ readonly exitCode: number | null; readonly printed: string }> {
  const [program = '', ...args] = command;
  const child = startSession(program, args, turn, { stdio: ['ignore', output, output], env: environment });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
  child.on('error', reject);
  child.on('close', resolve);
  return { exitCode: await promise, printed: Buffer.concat(printed).toString() };
}
