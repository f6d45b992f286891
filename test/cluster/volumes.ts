import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterPlan } from './plan.ts';
import type { Service } from './processes.ts';
import { toolImage } from './tool-image.ts';

const namespace = 'local-path-storage';

/** The volume provisioner that kind uses, run as a plain process: each volume is a folder of its node. */
export function planProvisioner(plan: ClusterPlan): Service {
  const flags = [
    `--config=${configurationFile(plan)}`,
    `--kubeconfig=${plan.kubeconfig}`,
    `--namespace=${namespace}`,
    `--helper-image=${toolImage}`,
    `--helper-pod-file=${helperPodFile(plan)}`,
    '--configmap-name=local-path-config',
    '--service-account-name=default',
  ];
  const command = ['local-path-provisioner', 'start', ...flags];
  return { name: 'local-path-provisioner', namespace: plan.controlNamespace, command };
}

/** Writes the provisioner's files, and returns the objects that it expects in the cluster. */
export function writeProvisionerFiles(plan: ClusterPlan): readonly object[] {
  const configuration = JSON.stringify({
    nodePathMap: plan.nodes.map((node) => ({ node: node.name, paths: [join(node.folder, 'volumes')] })),
  });
  const helperPod = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'helper-pod' },
    spec: { containers: [{ name: 'helper-pod', image: toolImage, imagePullPolicy: 'Never' }] },
  });
  writeFileSync(configurationFile(plan), configuration);
  writeFileSync(helperPodFile(plan), helperPod);
  const scripts = {
    'config.json': configuration,
    'helperPod.yaml': helperPod,
    // Everybody may write: the pod that gets the volume runs as a user who is not known here.
    setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
    teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'local-path-config', namespace },
      data: scripts,
    },
  ];
}

const configurationFile = (plan: ClusterPlan): string => join(plan.folder, 'volumes.json');
const helperPodFile = (plan: ClusterPlan): string => join(plan.folder, 'volume-helper-pod.json');
