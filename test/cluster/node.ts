import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify as toYaml } from 'yaml';
import { nodeGroup } from './control-groups.ts';
import {
  type ClusterPlan,
  certificateFile,
  containerdSocket,
  controlProgramKubeconfig,
  keyFile,
  type NodePlan,
} from './plan.ts';
import type { Service } from './processes.ts';
import { toolImage } from './tool-image.ts';

/** Debian's package puts the network plugins into the first, others into the second. */
const networkPluginFolders = ['/usr/lib/cni', '/opt/cni/bin'];

export const networkPluginFolder = (): string | undefined =>
  networkPluginFolders.find((folder) => existsSync(join(folder, 'ptp')));

export function planContainerd(node: NodePlan): Service {
  const command = ['containerd', '--config', join(node.folder, 'containerd.toml')];
  return { name: `containerd-${node.name}`, namespace: node.namespace, command };
}

export function planKubelet(plan: ClusterPlan, node: NodePlan): Service {
  const command = [
    'kubelet',
    `--config=${join(node.folder, 'kubelet.yaml')}`,
    `--kubeconfig=${controlProgramKubeconfig(plan, node.name)}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    `--root-dir=${join(node.folder, 'kubelet')}`,
    // Nobody reads what it counts of every control group of the machine, every ten seconds otherwise.
    '--housekeeping-interval=60s',
    `--node-labels=topology.kubernetes.io/zone=${node.zone}`,
  ];
  return { name: `kubelet-${node.name}`, namespace: node.namespace, command };
}

export const serviceProxy = 'kube-proxy';

/**
 * Makes Services work in one namespace. The control plane has one too, so that tests reach Services even when
 * a node is cut off; it asks about `node`, having no Node object of its own.
 */
export function planServiceProxy(plan: ClusterPlan, namespace: string, node: NodePlan): Service {
  const command = [
    'kube-proxy',
    `--kubeconfig=${controlProgramKubeconfig(plan, 'kube-proxy')}`,
    `--hostname-override=${node.name}`,
    `--cluster-cidr=${plan.podRange}`,
    '--proxy-mode=iptables',
    // These would be set for the whole machine, and without CAP_SYS_RESOURCE they cannot be.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    '--oom-score-adj=0',
  ];
  const name = `${serviceProxy}-${namespace.replace(/^redis-operator-[^-]+-/, '')}`;
  // Clients come to a new primary when this has heard of it: as soon as pods, or they would wait for it.
  return { name, namespace, command, turn: 'first' };
}

/** Writes the configuration of a node's programs. `plugins` is the folder of the network plugins. */
export function writeNodeFiles(plan: ClusterPlan, node: NodePlan, plugins: string): void {
  for (const folder of ['network', 'kubelet', 'state'])
    mkdirSync(join(node.folder, folder), { recursive: true });
  writeFileSync(join(node.folder, 'network', '10-pods.conflist'), JSON.stringify(podNetwork(node)));
  writeFileSync(join(node.folder, 'containerd.toml'), containerdConfiguration(node, plugins));
  writeFileSync(join(node.folder, 'kubelet.yaml'), toYaml(kubeletConfiguration(plan, node)));
}

/** Every pod has a cable of its own to its node: all traffic is routed, so Services work between neighbours too. */
function podNetwork(node: NodePlan): object {
  const addresses = {
    type: 'host-local',
    dataDir: join(node.folder, 'addresses'),
    ranges: [[{ subnet: node.podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [{ type: 'ptp', ipMasq: false, ipam: addresses }],
  };
}

function containerdConfiguration(node: NodePlan, plugins: string): string {
  return `version = 3
root = "${join(node.folder, 'containerd')}"
state = "${join(node.folder, 'state')}"
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
address = "${containerdSocket(node)}"

[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${toolImage}"

[plugins."io.containerd.cri.v1.runtime"]
enable_cdi = false
netns_mounts_under_state_dir = true
# Raising a process's priority needs CAP_SYS_RESOURCE, which root may lack.
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["${plugins}"]
conf_dir = "${join(node.folder, 'network')}"
use_internal_loopback = true
`;
}

function kubeletConfiguration(plan: ClusterPlan, node: NodePlan): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${containerdSocket(node)}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificateFile(plan, 'ca') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: certificateFile(plan, node.name),
    tlsPrivateKeyFile: keyFile(plan, node.name),
    clusterDNS: [plan.dnsService],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    podLogsDir: join(node.folder, 'pod-logs'),
    volumePluginDir: join(node.folder, 'volume-plugins'),
    // The machine's control groups are not ours to arrange, and may be of version 1. One for each pod is what a resize in place needs.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: nodeGroup(node),
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    // The machine's disk is shared with everything else on it: a full one is not this cluster's to clean.
    localStorageCapacityIsolation: false,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    // Images come from archives: once removed, nobody could pull them again.
    imageGCHighThresholdPercent: 100,
    imageMaximumGCAge: '0s',
  };
}
