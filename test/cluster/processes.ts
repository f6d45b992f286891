import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../internal/time/units.ts';
import { inNamespace } from './network.ts';
import { giveTurn, type Turn } from './niceness.ts';
import type { ClusterPlan } from './plan.ts';
import { waitUntil } from './wait.ts';

/** A program of the cluster that runs until it is told to stop. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly command: readonly string[];
  /** When it is given a processor that others want too: a fair share of it, unless it is said. */
  readonly turn?: Turn;
}

/**
 * What a Go program is started with here. It computes on one processor: one that may use several looks on all of them for something to
 * do whenever it wakes, and these wake all the time (an idle API server: 290 switches of threads a second for 490, and two thirds of
 * the processor time). And its heap may grow elevenfold before it is collected: at Go's own twofold a quarter of what the API server
 * computes is collecting, and heaps are tens of MB, of which there is enough.
 */
export const goEnvironment = { GOMAXPROCS: '1', GOGC: '1000', GOMEMLIMIT: '1GiB' } as const;

interface Running extends Service {
  readonly pid: number;
  readonly path: string;
}

/**
 * Starts a program in its namespace and leaves it running when we end. It is remembered in the cluster's folder,
 * so that others can see, stop and start it. `path` is its PATH: containerd and kubelet look for their tools there.
 */
export function startService(plan: ClusterPlan, service: Service, path: string): void {
  mkdirSync(join(plan.folder, 'log'), { recursive: true });
  mkdirSync(join(plan.folder, 'processes'), { recursive: true });
  const log = openSync(join(plan.folder, 'log', `${service.name}.log`), 'a');
  const [program = '', ...args] = [...inNamespace(service.namespace), ...service.command];
  const child = spawn(program, args, {
    cwd: plan.folder,
    detached: true,
    env: { PATH: path, HOME: plan.folder, ...goEnvironment },
    stdio: ['ignore', log, log],
  });
  child.unref();
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${service.name} could not be started`);
  giveTurn(child.pid, service.turn);
  const running: Running = { ...service, pid: child.pid, path };
  writeFileSync(recordFile(plan, service.name), JSON.stringify(running, undefined, 2));
}

/** Asks it to end, and waits until it has. */
export async function stopService(plan: ClusterPlan, name: string): Promise<void> {
  const running = readRecord(plan, name);
  if (!isRunning(running)) return;
  process.kill(running.pid, 'SIGTERM');
  await waitUntil(`end of ${name}`, seconds(70), () => !isRunning(running));
}

/** Starts it with the same arguments as before. */
export function restartService(plan: ClusterPlan, name: string): void {
  const running = readRecord(plan, name);
  startService(plan, running, running.path);
}

/** The names of all services that were started. */
export const services = (plan: ClusterPlan): readonly string[] =>
  readdirSync(join(plan.folder, 'processes')).map((file) => file.replace(/\.json$/, ''));

/** Those that have ended since. */
export const deadServices = (plan: ClusterPlan): readonly string[] =>
  services(plan).filter((name) => !isRunning(readRecord(plan, name)));

/** Ends every process whose network namespace is one of these files, except ourselves; nothing else is touched. */
export async function endProcessesInside(namespaceFiles: readonly string[]): Promise<void> {
  const inodes = new Set(namespaceFiles.map((file) => statSync(file).ino));
  const left = (): readonly number[] =>
    processIds().filter((pid) => pid !== process.pid && isInside(pid, inodes));
  await waitUntil('end of the processes of the cluster', seconds(20), async () => {
    for (const pid of left()) kill(pid);
    await systemClock.sleep(milliseconds(50));
    return left().length === 0;
  });
}

/** Every process of the machine that is not a zombie's leftover: zombies have no namespaces any more. */
export function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function isInside(pid: number, inodes: ReadonlySet<number>): boolean {
  const namespace = readOrUndefined(() => readlinkSync(`/proc/${pid}/ns/net`));
  return namespace !== undefined && inodes.has(Number(namespace.match(/\d+/)?.[0]));
}

function kill(pid: number): void {
  readOrUndefined(() => process.kill(pid, 'SIGKILL'));
}

/** The number of a process may have been given to another one meanwhile: it must be the same program, told the same. */
function isRunning(service: Running): boolean {
  const commandLine = readOrUndefined(() => readFileSync(`/proc/${service.pid}/cmdline`, 'utf8'));
  const words = (commandLine ?? '').split('\0');
  return service.command.every((word) => words.includes(word));
}

function readRecord(plan: ClusterPlan, name: string): Running {
  const record: Running = JSON.parse(readFileSync(recordFile(plan, name), 'utf8'));
  return record;
}

const recordFile = (plan: ClusterPlan, name: string): string =>
  join(plan.folder, 'processes', `${name}.json`);

/** What is under /proc may be gone before it is read. */
function readOrUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
