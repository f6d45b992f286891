import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { seconds } from '../../internal/time/units.ts';
import { findProgram } from './binaries.ts';
import { writeCredentials } from './certificates.ts';
import { makeNodeGroups } from './control-groups.ts';
import { planControlPlane, writeAuditPolicy } from './control-plane.ts';
import { planDns, writeDnsConfiguration } from './dns.ts';
import { writeEnvironment } from './environment.ts';
import { answer, nodesReady } from './health.ts';
import { importImages } from './images.ts';
import { applyManifests, type Kubectl, kubectlIn } from './kubectl.ts';
import { createNetwork } from './network.ts';
import {
  networkPluginFolder,
  planContainerd,
  planKubelet,
  planServiceProxy,
  writeNodeFiles,
} from './node.ts';
import { type ClusterPlan, containerdSocket, type NodePlan, namespaceFile } from './plan.ts';
import { type Service, startService } from './processes.ts';
import { planProvisioner } from './volumes.ts';
import { waitUntil } from './wait.ts';

/** What a cluster is made of besides its plan. */
export interface Ingredients {
  /** Where programs are found, best first. */
  readonly folders: readonly string[];
  /** Archives of the images that every node gets. */
  readonly images: readonly string[];
}

/** Starts a cluster where there is none, and waits until pods can be run on it. */
export async function startCluster(plan: ClusterPlan, { folders, images }: Ingredients): Promise<void> {
  const path = folders.join(delimiter);
  const start = (service: Service): void => {
    const [program = '', ...flags] = service.command;
    startService(plan, { ...service, command: [findProgram(program, folders), ...flags] }, path);
  };
  const kubectl = kubectlIn(plan, folders);
  makeNodeGroups(plan);
  await Promise.all([createNetwork(plan), writeFiles(plan)]);
  const control = planControlPlane(plan);
  for (const service of [control.etcd, control.apiServer, ...plan.nodes.map(planContainerd)]) start(service);

  const imagesArrive = prepareNodes(plan.nodes, images, folders);
  await waitUntil('API server', seconds(60), () => isServing(kubectl));
  for (const service of [control.controllerManager, control.scheduler, planDns(plan)]) start(service);
  await imagesArrive;
  for (const service of nodeServices(plan)) start(service);
  await addObjects(kubectl);
  startService(plan, planProvisioner(plan), path);
  await waitUntil('all nodes Ready', seconds(90), () => nodesReady(plan, kubectl));
  await waitUntil('the namespace’s service account', seconds(30), () => serviceAccountExists(kubectl));
  writeEnvironment({
    KUBECONFIG: plan.kubeconfig,
    CLUSTER_FOLDER: plan.folder,
    CLUSTER_AUDIT_LOG: plan.auditLog,
    CLUSTER_NETWORK: namespaceFile(plan.controlNamespace),
    programFolders: [
      ...new Set(['kubectl', 'ctr', 'etcd'].map((program) => dirname(findProgram(program, folders)))),
    ],
  });
}

async function writeFiles(plan: ClusterPlan): Promise<void> {
  mkdirSync(plan.folder, { recursive: true, mode: 0o755 });
  writeAuditPolicy(plan);
  writeDnsConfiguration(plan);
  const plugins = networkPluginFolder() ?? '';
  for (const node of plan.nodes) writeNodeFiles(plan, node, plugins);
  await writeCredentials(plan);
}

async function prepareNodes(
  nodes: readonly NodePlan[],
  images: readonly string[],
  folders: readonly string[],
): Promise<void> {
  const sockets = nodes.map(containerdSocket);
  await waitUntil('containerd on all nodes', seconds(30), () =>
    sockets.every((socket) => existsSync(socket)),
  );
  await importImages(nodes, images, folders);
}

function nodeServices(plan: ClusterPlan): readonly Service[] {
  const [first] = plan.nodes;
  const controlProxy = first === undefined ? [] : [planServiceProxy(plan, plan.controlNamespace, first)];
  const perNode = plan.nodes.flatMap((node) => [
    planKubelet(plan, node),
    planServiceProxy(plan, node.namespace, node),
  ]);
  return [...perNode, ...controlProxy];
}

async function addObjects(kubectl: Kubectl): Promise<void> {
  const systemNamespace = ['get', 'namespace', 'kube-system'];
  await waitUntil(
    'namespace kube-system',
    seconds(30),
    async () => (await answer(kubectl, systemNamespace)) !== undefined,
  );
  await applyManifests(kubectl, ['dns.yaml', 'nodes.yaml', 'storage-class.yaml']);
}

const isServing = async (kubectl: Kubectl): Promise<boolean> =>
  (await answer(kubectl, ['get', '--raw', '/readyz', '--request-timeout=2s'])) === 'ok';

/** No pod is admitted to a namespace before its default ServiceAccount is there. */
const serviceAccountExists = async (kubectl: Kubectl): Promise<boolean> =>
  (await answer(kubectl, ['get', 'serviceaccount', 'default', '--namespace', 'default'])) !== undefined;
