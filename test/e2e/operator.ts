import { pidsOfContainer } from '../cluster/faults.ts';
import { getJson, kubectl } from './kubectl.ts';
import { eventually } from './wait.ts';

const place = ['-n', 'redis-operator-system'];
const selected = ['-l', 'app.kubernetes.io/name=redis-operator'];
const deployment = ['deployment/redis-operator', ...place];

interface OperatorPods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly containerID?: string }[];
    };
  }[];
}

async function staying(): Promise<OperatorPods['items']> {
  const { items } = await getJson<OperatorPods>('pods', ...place, ...selected);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Where an operator runs. */
export async function operatorAddress(): Promise<string> {
  return (await staying())[0]?.status.podIP ?? '';
}

/** The nodes that operators run on. */
export async function operatorNodes(): Promise<readonly string[]> {
  return (await staying()).flatMap(({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]));
}

/** SIGKILL: its container is started again by the kubelet. Nothing is done where none runs just now. */
export async function killOperator(): Promise<void> {
  const containers = (await staying()).flatMap(({ status }) => status.containerStatuses ?? []);
  const pids = containers.flatMap(({ containerID }) =>
    containerID === undefined ? [] : pidsOfContainer(containerID),
  );
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended with the one before it.
    }
  }
}

/** Runs `use` while there is no operator at all, and waits until there is one again. */
export async function withoutOperator<Result>(use: () => Promise<Result>): Promise<Result> {
  await kubectl('scale', ...deployment, '--replicas=0');
  try {
    await eventually('no operator runs', async () => ((await staying()).length === 0 ? true : undefined), 60);
    return await use();
  } finally {
    await kubectl('scale', ...deployment, '--replicas=1');
    await operatorReady();
  }
}

export async function operatorReady(): Promise<void> {
  await kubectl('rollout', 'status', ...deployment, '--timeout=240s');
}

/**
 * One is ready, and leads or may: who was killed, and its pod deleted before it was back, keeps the Lease until that runs out, and
 * no operator would ever lead that is not let live for so long.
 */
export async function operatorLeads(): Promise<void> {
  await operatorReady();
  await eventually('the Lease is with an operator that is there, or with nobody', leads, 60);
}

async function leads(): Promise<true | undefined> {
  const lease = await getJson<{ spec: { holderIdentity: string } }>(
    'leases',
    'redis-operator-leader',
    ...place,
  );
  const there = (await staying()).map(({ metadata }) => metadata.name);
  return ['', ...there].includes(lease.spec.holderIdentity) ? true : undefined;
}
