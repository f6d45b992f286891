import { type ClusterPlan, type NodePlan, namespaceFile } from './plan.ts';
import { run } from './run.ts';

/** What the `ip` program is told inside one namespace, and which switches of the kernel are set there. */
export interface NamespaceSetup {
  readonly namespace: string;
  readonly commands: readonly string[];
}

/**
 * A bridge in the control plane's namespace joins the nodes; every range of pods is routed to its node.
 * Nothing leads out: no process in here reaches anything but this cluster.
 */
export function planNamespaces(plan: ClusterPlan): readonly NamespaceSetup[] {
  const control: NamespaceSetup = {
    namespace: plan.controlNamespace,
    commands: [
      'link set lo up',
      'link add bridge0 type bridge',
      `addr add ${plan.controlAddress}/24 dev bridge0`,
      'link set bridge0 up',
      ...plan.nodes.flatMap((node) => [
        `link add ${node.cable} type veth peer name eth0 netns ${node.namespace}`,
        `link set ${node.cable} master bridge0 up`,
        routeToPods(node),
      ]),
      // kube-proxy rewrites these addresses before a packet leaves; the route only has to exist.
      `route add ${plan.serviceRange} dev bridge0`,
    ],
  };
  return [control, ...plan.nodes.map((node) => planNode(plan, node))];
}

/** Creates the namespaces and everything in them. */
export async function createNetwork(plan: ClusterPlan): Promise<void> {
  const setups = planNamespaces(plan);
  await Promise.all(setups.map(({ namespace }) => run(['ip', 'netns', 'add', namespace])));
  for (const { namespace, commands } of setups) {
    await run(['ip', '-netns', namespace, '-batch', '-'], { input: commands.join('\n') });
  }
  await Promise.all(
    setups.map(({ namespace }) => run([...inNamespace(namespace), 'sysctl', '-qw', ...kernelSettings])),
  );
}

export async function deleteNetwork(plan: ClusterPlan): Promise<void> {
  const existing = (await run(['ip', 'netns', 'list'])).split('\n').map((line) => line.split(' ')[0]);
  const own = planNamespaces(plan).map((setup) => setup.namespace);
  for (const namespace of own.filter((name) => existing.includes(name)))
    await run(['ip', 'netns', 'delete', namespace]);
}

/** `ip netns exec` would mount /sys anew and lose the control groups; this changes nothing but the network. */
export const inNamespace = (namespace: string): readonly string[] => [
  'nsenter',
  `--net=${namespaceFile(namespace)}`,
];

/** Reverse path filters drop what comes back another way, as replies through a Service do. */
const kernelSettings = [
  'net.ipv4.ip_forward=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
];

function planNode(plan: ClusterPlan, node: NodePlan): NamespaceSetup {
  const others = plan.nodes.filter((each) => each !== node);
  return {
    namespace: node.namespace,
    commands: [
      'link set lo up',
      `addr add ${node.address}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${plan.controlAddress}`,
      ...others.map(routeToPods),
    ],
  };
}

const routeToPods = (node: NodePlan): string => `route add ${node.podRange} via ${node.address}`;
