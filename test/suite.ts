import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '../internal/time/system-clock.ts';
import { between } from '../internal/time/units.ts';
import { engineProgramFolder, engines } from './cluster/engines/engines.ts';
import { inSeconds } from './cluster/progress.ts';
import { addCounts, type Counts, countStep, describeCounts } from './suite/counts.ts';
import { allSteps, checkSteps, commandOf, type Step } from './suite/steps.ts';

/**
 * Runs the project's tests, all of them or only the quick ones: node test/suite.ts [check]
 * A step that fails stops nothing: one run tells everything that is wrong.
 */
const steps = process.argv[2] === 'check' ? checkSteps : allSteps(engines);
interface Result {
  readonly step: Step;
  readonly counts: Counts;
}
const results: Result[] = [];
const beside: Promise<Result>[] = [];
for (const step of steps) {
  if (step.kind === 'tests' && step.beside) beside.push(report(step));
  else results.push(await report(step));
}
results.push(...(await Promise.all(beside)));

console.log('');
const failed = results.filter(({ counts }) => counts.failed > 0);
for (const { step, counts } of failed) console.log(`✗ ${step.name}: ${describeCounts(counts)}`);
console.log(describeCounts(addCounts(results.map(({ counts }) => counts))));
process.exitCode = failed.length === 0 ? 0 : 1;

async function report(step: Step): Promise<Result> {
  console.log(`\n=== ${step.name}`);
  const start = systemClock.monotonic();
  const counts = await runStep(step);
  const length = inSeconds(between(start, systemClock.monotonic()));
  console.log(`${counts.failed === 0 ? '✓' : '✗'} ${step.name}: ${describeCounts(counts)} (${length})`);
  return { step, counts };
}

async function runStep(step: Step): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  const countsFile = join(folder, 'counts.json');
  try {
    const exitCode = await runVisibly(commandOf(step, countsFile), await environmentOf(step));
    const counted = step.kind === 'command' ? undefined : readCounts(countsFile);
    return countStep(exitCode, counted);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Tests of an engine find its programs on the PATH, its image for pods in ENGINE_IMAGE, and its name in ENGINE. */
async function environmentOf(step: Step): Promise<NodeJS.ProcessEnv> {
  if (step.kind === 'command' || step.engine === undefined) return process.env;
  const programs = await engineProgramFolder(step.engine);
  const path = [programs, process.env['PATH']].join(delimiter);
  return { ...process.env, ENGINE: step.engine.name, ENGINE_IMAGE: step.engine.image, PATH: path };
}

function readCounts(file: string): Counts {
  const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };
  return existsSync(file) ? { ...nothing, ...JSON.parse(readFileSync(file, 'utf8') || '{}') } : nothing;
}

/** Whatever the command prints is seen at once. */
async function runVisibly(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number | null> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], env: environment });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  return await promise;
}
