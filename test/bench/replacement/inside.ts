import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Memory, memoryOf } from '../process.ts';
import { type Pod, startPod, until } from './pod.ts';
import { firstAnswers } from './watch.ts';

/** What was seen of one pod. */
export interface Seen {
  readonly gaps: readonly Gap[];
  /** Of the manager, after all that. */
  readonly memory: Memory;
}

/** Moments of one replacement, in milliseconds from when the old manager has answered that it will be replaced. */
export interface Gap {
  readonly left: number;
  readonly probe: number;
  readonly control: number;
  /** What the binary takes for nothing at all. */
  readonly bare: number;
}

const settles = 1000;
/** A manager that has just begun has garbage. */
const rests = 20_000;

async function replace(pod: Pod, binary: string, version: string): Promise<Gap> {
  const bare = pod.bareStart();
  await pod.upgrade(binary, version);
  const since = performance.now();
  const answers = await firstAnswers(pod.identity, since);
  await until(async () => (await pod.report()).managerVersion === version);
  const at = (words: string): number => (pod.saidAt(words) ?? Number.NaN) - since;
  // Written out before it ends; the log of the new one comes up to 50 ms after what it tells.
  const left = at('is replaced in place');
  return { left, ...answers, bare };
}

const [engineRoot = '', count = '0', otherVersion = '', own = '', other = ''] = process.argv.slice(2);
execFileSync('ip', ['link', 'set', 'lo', 'up']);
const pod = await startPod(join(own, 'controller'), engineRoot);
try {
  const gaps: Gap[] = [];
  const first = (await pod.report()).managerVersion;
  for (let index = 0; index < Number(count); index += 1) {
    const [root, version] = index % 2 === 0 ? [other, otherVersion] : [own, first];
    gaps.push(await replace(pod, join(root, 'controller/manager'), version));
    await sleep(settles);
  }
  await sleep(rests);
  const seen: Seen = { gaps, memory: memoryOf(pod.pid) };
  console.log(JSON.stringify(seen));
} finally {
  await pod.close();
}
