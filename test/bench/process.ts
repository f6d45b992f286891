import { readFileSync } from 'node:fs';
import { pidsOfContainer } from '../cluster/faults.ts';
import { getJson } from '../e2e/kubectl.ts';

interface PodStatus {
  readonly status: {
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

/** The process 1 of a container, as this machine numbers it. */
export const mainProcess = (namespace: string, pod: string, container: string): Promise<number> =>
  processIn({ namespace, pod, container }, '/controller/manager');

/** The server that process 1 of an instance has started, whichever engine it is of. */
export const serverProcess = (namespace: string, pod: string): Promise<number> =>
  processIn({ namespace, pod, container: 'redis' }, '-server');

interface Place {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The first process of a container that has these words in its command. */
async function processIn({ namespace, pod, container }: Place, words: string): Promise<number> {
  const { status } = await getJson<PodStatus>('pod', pod, '-n', namespace);
  const id = status.containerStatuses?.find(({ name }) => name === container)?.containerID ?? '';
  const pid = [...pidsOfContainer(id)].sort((a, b) => a - b).find((one) => commandOf(one).includes(words));
  if (pid === undefined)
    throw new Error(`no ${words} of ${container} in ${namespace}/${pod} is found on this machine`);
  return pid;
}

const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

export interface Memory {
  /** All that is mapped and present, in MB. */
  readonly rss: number;
  /** What no file backs: it can be neither shared nor given back. In MB. */
  readonly private: number;
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  return { rss: megabytes('Rss'), private: megabytes('Private_Dirty') };
}

/** Ticks of the kernel's clock are hundredths of a second. */
const ticksPerSecond = 100;

/** Processor time a process has used so far, in seconds. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
