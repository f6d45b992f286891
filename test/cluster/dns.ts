import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterPlan } from './plan.ts';
import type { Service } from './processes.ts';

/** CoreDNS runs beside the API server, not in a pod: manifests/dns.yaml leads the usual Service to it. */
export function planDns(plan: ClusterPlan): Service {
  return {
    name: 'coredns',
    namespace: plan.controlNamespace,
    command: ['coredns', '-conf', configurationFile(plan)],
  };
}

export function writeDnsConfiguration(plan: ClusterPlan): void {
  writeFileSync(
    configurationFile(plan),
    `.:53 {
  bind ${plan.controlAddress}
  errors
  kubernetes cluster.local {
    kubeconfig ${plan.kubeconfig}
    pods verified
    ttl 5
  }
}
`,
  );
}

const configurationFile = (plan: ClusterPlan): string => join(plan.folder, 'Corefile');
