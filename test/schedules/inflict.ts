import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from '../../internal/errors.ts';
import { pods } from '../../internal/kube/resources.ts';
import type { Fault, Victim } from './schedule.ts';
import type { World } from './world.ts';

/** Causes one fault and, when its time is over, heals it. What its victim has not got, it is spared. */
export async function inflict(world: World, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      return signalServer(world, fault.victim, 'SIGKILL');
    case 'restart':
      return containerOf(world, fault.victim)?.stop();
    case 'delete':
      return deletePod(world, podOf(world, fault.victim));
    case 'stop':
      return await stopFor(world, fault.victim, fault.forMs);
    case 'blind':
      return await blindFor(world, fault.victim, fault.forMs);
    case 'operator':
      await world.endOperator();
      await sleep(fault.forMs);
      return world.startOperator();
    case 'api':
      world.apiReachable = false;
      await sleep(fault.forMs);
      world.apiReachable = true;
      return;
    default:
      return unreachable(fault);
  }
}

function deletePod({ api }: World, name: string): void {
  const key = { namespace: 'shop', name };
  if (api.get(pods, key) !== undefined) api.delete(pods, key);
}

async function stopFor(world: World, victim: Victim, forMs: number): Promise<void> {
  const pid = serverPid(containerOf(world, victim)?.address ?? '');
  signal(pid, 'SIGSTOP');
  await sleep(forMs);
  signal(pid, 'SIGCONT');
}

async function blindFor(world: World, victim: Victim, forMs: number): Promise<void> {
  const container = containerOf(world, victim);
  if (container === undefined) return;
  container.blind = true;
  await sleep(forMs);
  container.blind = false;
}

function signalServer(world: World, victim: Victim, name: NodeJS.Signals): void {
  signal(serverPid(containerOf(world, victim)?.address ?? ''), name);
}

const podOf = ({ status }: World, victim: Victim): string =>
  victim === 'primary' ? (status.targetPrimary ?? 'orders-0') : `orders-${victim}`;

const containerOf = (world: World, victim: Victim) => world.kubelet.containers.get(podOf(world, victim));

/** Ends every server that we have started, at once: for an end of our own that is not in order. */
export function killServers(): void {
  for (const pid of ownChildren()) signal(Number(pid), 'SIGKILL');
}

/** The server that listens at this address says so in its title. */
function serverPid(address: string): number | undefined {
  const found = ownChildren().find((name) => read(name, 'cmdline').includes(`-server ${address}:`));
  return found === undefined ? undefined : Number(found);
}

const ownChildren = (): readonly string[] =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid);

function parentOf(pid: string): number {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has ended meanwhile.
  }
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid !== undefined && read(String(pid), 'stat') !== '') process.kill(pid, name);
}
