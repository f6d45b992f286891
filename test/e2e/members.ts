import { readFileSync } from 'node:fs';
import { pidsOfContainer } from '../cluster/faults.ts';
import type { TestCluster } from './cluster.ts';
import { getJson } from './kubectl.ts';

/** One instance, as a fault needs to know it. */
export interface Member {
  readonly pod: string;
  readonly address: string;
  readonly node: string;
  /** The containerID of its status, "containerd://…". */
  readonly container: string;
  /** All processes of its container, as this machine numbers them. */
  readonly pids: readonly number[];
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
    };
  }[];
}

/** The instances of a cluster, or those that are named: all of them run. By name. */
export async function membersOf(
  { namespace, name }: TestCluster,
  pods?: readonly string[],
): Promise<readonly Member[]> {
  const list = await getJson<PodList>('pods', '-n', namespace, '-l', `redis.io/cluster=${name}`);
  const wanted = list.items.filter(({ metadata }) => pods?.includes(metadata.name) ?? true);
  return wanted.map(({ metadata, spec, status }) => {
    const container = status.containerStatuses?.find((each) => each.name === 'redis');
    const { podIP, containerStatuses } = status;
    if (podIP === undefined || spec.nodeName === undefined || container?.containerID === undefined)
      throw new Error(`${metadata.name} does not run: ${JSON.stringify(containerStatuses)}`);
    const { containerID } = container;
    const place = { address: podIP, node: spec.nodeName, container: containerID };
    return { pod: metadata.name, ...place, pids: pidsOfContainer(containerID) };
  });
}

/** One of them, whatever the others do; the primary if none is named. */
export async function memberOf(cluster: TestCluster, pod?: string): Promise<Member> {
  const name = pod ?? (await cluster.status()).currentPrimary ?? '';
  const [member] = await membersOf(cluster, [name]);
  if (member === undefined) throw new Error(`there is no pod ${name}`);
  return member;
}

/** The server itself: not its manager, and not a child of its own that writes a snapshot. */
export function serverPid({ pod, pids }: Member): number {
  const servers = pids.filter((pid) => /^(\S*\/)?(redis|valkey)-server[ \0]/.test(read(pid, 'cmdline')));
  // A child that was forked just now still has the title of its parent.
  const [pid] = servers.filter((each) => !servers.includes(parentOf(each)));
  if (pid === undefined) throw new Error(`no redis-server runs in ${pod}`);
  return pid;
}

export function isRunning(pid: number): boolean {
  // A zombie has a command line no more.
  return read(pid, 'cmdline') !== '';
}

/** Sends a signal to processes that may have ended meanwhile. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids.filter(isRunning)) {
    try {
      process.kill(pid, signal);
    } catch (failure) {
      if (isRunning(pid)) throw failure;
    }
  }
}

function parentOf(pid: number): number {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
}
