import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ClusterPlan, certificateFile, controlProgramKubeconfig, keyFile } from './plan.ts';
import type { Service } from './processes.ts';

/** The programs of the control plane, in the order in which they are started. */
export interface ControlPlane {
  readonly etcd: Service;
  readonly apiServer: Service;
  readonly controllerManager: Service;
  readonly scheduler: Service;
}

/** Says who changed what: the tests count an operator's writes in it. Reading is not recorded. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', verbs: ['get', 'list', 'watch'] }, { level: 'Metadata' }],
};

/**
 * Nobody here reads Endpoints, which are the EndpointSlices once more: a tenth of all that is written. For the others there is never
 * anything to do, and even so each takes its part of an idle controller-manager.
 */
const notHere = [
  'endpoints',
  'endpointslice-mirroring',
  'horizontal-pod-autoscaler',
  'cronjob',
  'ttl',
  'ttl-after-finished',
  'bootstrap-signer',
  'token-cleaner',
  'certificatesigningrequest-approving',
  'certificatesigningrequest-cleaner',
  'certificatesigningrequest-signing',
  'node-route',
  'cloud-node-lifecycle',
  'resourcequota',
  'validatingadmissionpolicy-status',
  'legacy-serviceaccount-token-cleaner',
  'podcertificaterequest-cleaner',
  'replicationcontroller',
  'resourceclaim',
  'device-taint-eviction',
  'node-ipam',
  'service-lb',
  'service-cidr',
  'storage-version-migrator',
  'storageversion-garbage-collector',
  'volumeattributesclass-protection',
];

export function planControlPlane(plan: ClusterPlan): ControlPlane {
  const service = (name: string, flags: readonly string[]): Service => {
    return { name, namespace: plan.controlNamespace, command: [name, ...flags] };
  };
  return {
    etcd: service('etcd', etcdFlags(plan)),
    apiServer: service('kube-apiserver', apiServerFlags(plan)),
    controllerManager: service('kube-controller-manager', [
      ...credentials(plan, 'kube-controller-manager'),
      '--leader-elect=false',
      '--use-service-account-credentials',
      `--service-account-private-key-file=${keyFile(plan, 'service-accounts')}`,
      `--root-ca-file=${certificateFile(plan, 'ca')}`,
      '--allocate-node-cidrs=false',
      // Twenty requests a second is what it allows itself otherwise: dozens of clusters come and go here in that time.
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      `--controllers=*,${notHere.map((name) => `-${name}-controller`).join(',')}`,
    ]),
    scheduler: service('kube-scheduler', [...credentials(plan, 'kube-scheduler'), '--leader-elect=false']),
  };
}

export function writeAuditPolicy(plan: ClusterPlan): void {
  mkdirSync(dirname(plan.auditLog), { recursive: true });
  writeFileSync(auditPolicyFile(plan), JSON.stringify(auditPolicy));
}

const auditPolicyFile = (plan: ClusterPlan): string => join(plan.folder, 'audit-policy.json');

/** Nothing here has to survive a power failure: without fsync a test takes half the time. */
function etcdFlags(plan: ClusterPlan): readonly string[] {
  return [
    `--data-dir=${join(plan.folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
  ];
}

function apiServerFlags(plan: ClusterPlan): readonly string[] {
  return [
    '--etcd-servers=http://127.0.0.1:2379',
    `--advertise-address=${plan.controlAddress}`,
    '--secure-port=6443',
    `--tls-cert-file=${certificateFile(plan, 'kube-apiserver')}`,
    `--tls-private-key-file=${keyFile(plan, 'kube-apiserver')}`,
    `--client-ca-file=${certificateFile(plan, 'ca')}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--service-cluster-ip-range=${plan.serviceRange}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${keyFile(plan, 'service-accounts')}.public`,
    `--service-account-signing-key-file=${keyFile(plan, 'service-accounts')}`,
    // Kubelets are reached by address (logs, exec), and so are pods that serve webhooks.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${certificateFile(plan, 'ca')}`,
    `--kubelet-client-certificate=${certificateFile(plan, 'kubelet-client')}`,
    `--kubelet-client-key=${keyFile(plan, 'kubelet-client')}`,
    '--enable-aggregator-routing=true',
    // It counts every key of each of sixty kinds again and again, to estimate what a list would cost: a tenth of what an idle one does.
    '--feature-gates=SizeBasedListCostEstimate=false',
    // Otherwise it waits a minute for watches to end when it is told to stop.
    '--shutdown-watch-termination-grace-period=2s',
    `--audit-policy-file=${auditPolicyFile(plan)}`,
    `--audit-log-path=${plan.auditLog}`,
  ];
}

function credentials(plan: ClusterPlan, program: string): readonly string[] {
  const file = controlProgramKubeconfig(plan, program);
  return [
    `--kubeconfig=${file}`,
    `--authentication-kubeconfig=${file}`,
    `--authorization-kubeconfig=${file}`,
  ];
}
