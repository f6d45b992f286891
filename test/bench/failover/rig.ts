import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { enteredFolder } from '../../cluster/environment.ts';
import { planCluster } from '../../cluster/plan.ts';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../../e2e/cluster.ts';
import { type Member, membersOf } from '../../e2e/members.ts';
import { eventually } from '../../e2e/wait.ts';
import { type RemoteWriter, startRemoteWriter } from './remote-writer.ts';
import { replicationOf } from './replication.ts';

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
export async function lineup(rig: Rig): Promise<Lineup> {
  const status = await whole(rig, 0);
  const members = await membersOf(rig.cluster);
  const primary = members.find(({ pod }) => pod === status.currentPrimary);
  if (primary === undefined) throw new Error(`${status.currentPrimary} is no pod`);
  return { primary, survivors: members.filter((each) => each !== primary), term: status.term ?? 0 };
}

export interface Aftermath {
  /** The record tells of this failover: a newer term, and a primary that was replaced. */
  readonly recorded: boolean;
}

/** Waits until the cluster is whole again, in a later term. Rejects when that takes more than three minutes. */
export async function aftermath(rig: Rig, before: Lineup): Promise<Aftermath> {
  const { lastFailover, currentPrimary } = await whole(rig, before.term + 1);
  const recorded = lastFailover?.from === before.primary.pod && lastFailover.to === currentPrimary;
  return { recorded };
}

async function whole(rig: Rig, leastTerm: number): Promise<RedisClusterStatus> {
  const { cluster } = rig;
  return await eventually(
    `${cluster.name} is whole, in term ${leastTerm} or later`,
    async () => {
      const status = await cluster.healthy(5);
      if ((status.term ?? 0) >= leastTerm && isWhole(status) && (await feedsAll(rig, status))) return status;
      throw new Error(JSON.stringify(status));
    },
    180,
  );
}

/** The appointment is confirmed, and both others are told to be in sync with it. */
function isWhole({ targetPrimary, currentPrimary, instancesStatus }: RedisClusterStatus): boolean {
  const replicas = Object.entries(instancesStatus ?? {}).filter(([pod]) => pod !== currentPrimary);
  return currentPrimary === targetPrimary && replicas.filter(([, { inSync }]) => inSync).length === 2;
}

/** What the status says of replicas is as old as its last writing: until then one that was killed is told to be in sync. */
async function feedsAll(
  { password }: Rig,
  { currentPrimary = '', instancesStatus }: RedisClusterStatus,
): Promise<boolean> {
  const host = instancesStatus?.[currentPrimary]?.ip ?? '';
  return (await replicationOf({ host, password }))?.replicas === 2;
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

/**
 * Faults that always came at the same point of somebody's period would measure that point. It begins once the fault before
 * has gone by for kube-proxy too, which changes its rules once a second at most (its `minSyncPeriod`).
 */
export const atRandom = (): Promise<void> => sleep(1100 + Math.random() * 1000);

function namespaceOf(nodeName: string): string {
  const node = planCluster(enteredFolder()).nodes.find(({ name }) => name === nodeName);
  if (node === undefined) throw new Error(`there is no node ${nodeName}`);
  return node.namespace;
}
