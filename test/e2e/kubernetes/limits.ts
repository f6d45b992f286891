import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { memoryLimitIn } from '../../../internal/instance-manager/container-memory.ts';
import { pidsOfContainer } from '../../cluster/faults.ts';
import type { TestCluster } from '../cluster.ts';
import { getJson } from '../kubectl.ts';

interface Started {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly containerStatuses?: readonly {
        readonly name: string;
        readonly containerID?: string;
        readonly restartCount: number;
      }[];
    };
  }[];
}

/** Which container each pod's Redis runs in, and how often it was started again. */
export async function containersOf({ namespace, name }: TestCluster): Promise<readonly string[]> {
  const list = await getJson<Started>('pods', '-n', namespace, '-l', `redis.io/cluster=${name}`);
  return list.items.map(({ metadata, status }) => {
    const redis = status.containerStatuses?.find((each) => each.name === 'redis');
    return `${metadata.name} ${redis?.containerID} ${redis?.restartCount}`;
  });
}

/** Of one instance, in bytes: the limit as the kernel has it, and maxmemory as Redis has it. */
export interface Limits {
  readonly pod: string;
  readonly limit: number;
  readonly maxMemory: number;
}

export const limitsOf = (cluster: TestCluster): Promise<readonly Limits[]> =>
  withEach(cluster, async (one) => ({
    pod: one.pod,
    limit: await limitOf(one),
    maxMemory: await maxMemoryOf(one),
  }));

interface Watched {
  readonly looks: number;
  /** What was seen of maxmemory above three quarters of the limit, which the default never is. */
  readonly wrong: readonly string[];
}

/** Looks again and again while `use` runs; the pods must stay as they are. */
export async function watchingLimits(cluster: TestCluster, use: () => Promise<void>): Promise<Watched> {
  const seen = { looks: 0, wrong: [] as string[] };
  const ended = { yes: false };
  const looking = withEach(cluster, async (one) => {
    while (!ended.yes) {
      // One of the two limits was in force when Redis answered.
      const [before, maxMemory, now] = [await limitOf(one), await maxMemoryOf(one), await limitOf(one)];
      const most = Math.max(before, now);
      if (maxMemory > most * 0.75) seen.wrong.push(`${one.pod}: ${maxMemory} of ${most}`);
      seen.looks += 1;
      await sleep(50);
    }
  });
  try {
    await use();
  } finally {
    ended.yes = true;
    await looking;
  }
  return seen;
}

interface Instance {
  readonly pod: string;
  readonly pid: number;
  readonly client: Redis;
}

async function withEach<Result>(
  cluster: TestCluster,
  use: (instance: Instance) => Promise<Result>,
): Promise<readonly Result[]> {
  const pods = await cluster.pods();
  return await Promise.all(
    pods.map(async ({ metadata, status }) => {
      const container = status.containerStatuses?.find(({ name }) => name === 'redis')?.containerID ?? '';
      const [pid] = pidsOfContainer(container);
      if (pid === undefined) throw new Error(`${metadata.name} does not run`);
      const client = await cluster.connect(status.podIP ?? '');
      try {
        return await use({ pod: metadata.name, pid, client });
      } finally {
        client.disconnect();
      }
    }),
  );
}

const limitOf = async ({ pid }: Instance): Promise<number> =>
  Number(await memoryLimitIn(`/proc/${pid}/root/sys/fs/cgroup`));

const maxMemoryOf = async ({ client }: Instance): Promise<number> =>
  Number(((await client.config('GET', 'maxmemory')) as readonly string[])[1]);
