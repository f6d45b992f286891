import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { enteredFolder } from '../../cluster/environment.ts';
import { planCluster } from '../../cluster/plan.ts';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../../e2e/cluster.ts';
import { getJson } from '../../e2e/kubectl.ts';
import { eventually } from '../../e2e/wait.ts';
import { type Member, membersOf } from './members.ts';
import { type RemoteWriter, startRemoteWriter } from './remote-writer.ts';

/** A cluster of three that is failed again and again. */
export interface Rig {
  readonly cluster: TestCluster;
  readonly password: string;
  readonly leaderService: string;
}

/** Who is who before a fault. */
export interface Lineup {
  readonly primary: Member;
  readonly survivors: readonly Member[];
  readonly term: number;
}

/** A successor that is not there by then is not counted as one. */
export const limitSeconds = 60;

/** Runs `use` with a cluster of its own, which goes with it. */
export async function withRig(name: string, use: (rig: Rig) => Promise<void>): Promise<void> {
  const namespace = newName(`bench-${name}`);
  await makeNamespace(namespace);
  try {
    const cluster = new TestCluster(namespace, 'redis');
    await cluster.apply({ instances: 3 });
    await cluster.healthy(120);
    const password = await cluster.password();
    await use({ cluster, password, leaderService: await cluster.serviceAddress('leader') });
  } finally {
    await dropNamespace(namespace);
  }
}

/** Resolves once the cluster is whole: Healthy, with both replicas in sync. */
export async function lineup({ cluster }: Rig): Promise<Lineup> {
  const status = await whole(cluster, 0);
  const members = await membersOf(cluster);
  const primary = members.find(({ pod }) => pod === status.currentPrimary);
  if (primary === undefined) throw new Error(`${status.currentPrimary} is no pod`);
  return { primary, survivors: members.filter((each) => each !== primary), term: status.term ?? 0 };
}

export interface Aftermath {
  /** The record tells of this failover: a newer term, and a primary that was replaced. */
  readonly recorded: boolean;
}

/** Waits until the cluster is whole again, in a later term. Rejects when that takes more than three minutes. */
export async function aftermath({ cluster }: Rig, before: Lineup): Promise<Aftermath> {
  const { lastFailover, currentPrimary } = await whole(cluster, before.term + 1);
  const recorded = lastFailover?.from === before.primary.pod && lastFailover.to === currentPrimary;
  return { recorded };
}

async function whole(cluster: TestCluster, leastTerm: number): Promise<RedisClusterStatus> {
  return await eventually(
    `${cluster.name} is whole, in term ${leastTerm} or later`,
    async () => {
      const status = await cluster.healthy(5);
      const replicas = Object.entries(status.instancesStatus ?? {}).filter(
        ([pod]) => pod !== status.currentPrimary,
      );
      const inSync = replicas.filter(([, instance]) => instance.inSync).length;
      if (inSync === 2 && (status.term ?? 0) >= leastTerm) return status;
      throw new Error(JSON.stringify(status));
    },
    180,
  );
}

/** A client of the leader Service, on the node of a survivor. */
export const serviceClient = (rig: Rig, { survivors }: Lineup): Promise<RemoteWriter> =>
  startRemoteWriter(
    namespaceOf(survivors[0]?.node ?? ''),
    { host: rig.leaderService, password: rig.password },
    'service',
  );

/** A client of the primary's pod that stays with it, on its own node. */
export const neighbour = (rig: Rig, { primary }: Lineup): Promise<RemoteWriter> =>
  startRemoteWriter(namespaceOf(primary.node), { host: primary.address, password: rig.password }, 'pod');

/** When the first write of another server than before was acknowledged; undefined when none was in time. */
export async function takenOver(client: RemoteWriter, oldServer: string): Promise<number | undefined> {
  const deadline = performance.now() + limitSeconds * 1000;
  while (performance.now() < deadline) {
    const write = client.writes.find(({ server }) => server !== oldServer);
    if (write !== undefined) return write.at;
    await sleep(20);
  }
  return undefined;
}

/** Faults that always came at the same point of somebody's period would measure that point. */
export const atRandom = (): Promise<void> => sleep(200 + Math.random() * 1000);

/** The nodes that operators run on. */
export async function operatorNodes(): Promise<readonly string[]> {
  const list = await getJson<{ items: readonly { spec: { nodeName?: string } }[] }>(
    'pods',
    '-n',
    'redis-operator-system',
    '-l',
    'app.kubernetes.io/name=redis-operator',
  );
  return list.items.flatMap(({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]));
}

function namespaceOf(nodeName: string): string {
  const node = planCluster(enteredFolder()).nodes.find(({ name }) => name === nodeName);
  if (node === undefined) throw new Error(`there is no node ${nodeName}`);
  return node.namespace;
}
