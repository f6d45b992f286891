import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** One node of the cluster: a network namespace with a containerd, a kubelet and a kube-proxy. */
export interface NodePlan {
  readonly name: string;
  readonly zone: string;
  readonly namespace: string;
  /** The end of the node's cable that is plugged into the bridge, in the control plane's namespace. */
  readonly cable: string;
  readonly address: string;
  readonly podRange: string;
  /** Everything the node keeps: images, volumes, sockets, pods' folders. */
  readonly folder: string;
}

/** Names and addresses of a whole cluster. All addresses exist only inside its own network namespaces. */
export interface ClusterPlan {
  readonly folder: string;
  readonly controlNamespace: string;
  readonly controlAddress: string;
  readonly server: string;
  readonly serviceRange: string;
  readonly apiService: string;
  readonly dnsService: string;
  readonly podRange: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
  readonly nodes: readonly NodePlan[];
}

export const nodeCount = 3;

/** Clusters in different folders have namespaces of different names and do not meet. */
export function planCluster(folder: string): ClusterPlan {
  const prefix = `redis-operator-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`;
  return {
    folder,
    controlNamespace: `${prefix}-control`,
    controlAddress: '10.100.0.1',
    server: 'https://10.100.0.1:6443',
    serviceRange: '10.96.0.0/16',
    apiService: '10.96.0.1',
    dnsService: '10.96.0.10',
    podRange: '10.244.0.0/16',
    kubeconfig: join(folder, 'kubeconfig'),
    auditLog: join(folder, 'log', 'audit.log'),
    nodes: Array.from({ length: nodeCount }, (_, index) => planNode(folder, prefix, index + 1)),
  };
}

function planNode(folder: string, prefix: string, number: number): NodePlan {
  return {
    name: `node-${number}`,
    zone: `zone-${number}`,
    namespace: `${prefix}-node-${number}`,
    cable: `cable-${number}`,
    address: `10.100.0.${10 + number}`,
    podRange: `10.244.${number}.0/24`,
    folder: join(folder, `node-${number}`),
  };
}

export const controlProgramKubeconfig = (plan: ClusterPlan, program: string): string =>
  join(plan.folder, 'kubeconfigs', program);
export const certificateFile = (plan: ClusterPlan, name: string): string =>
  join(plan.folder, 'certificates', `${name}.crt`);
export const keyFile = (plan: ClusterPlan, name: string): string =>
  join(plan.folder, 'certificates', `${name}.key`);
/** Each volume is a folder in it, named after the volume and its claim. */
export const volumesFolder = (node: NodePlan): string => join(node.folder, 'volumes');
export const containerdSocket = (node: NodePlan): string => join(node.folder, 'containerd.sock');
export const namespaceFile = (namespace: string): string => join('/run/netns', namespace);
/** Where containerd keeps the network namespaces of a node's pods. */
export const podNamespaces = (node: NodePlan): string =>
  join(node.folder, 'state', 'io.containerd.grpc.v1.cri', 'netns');
