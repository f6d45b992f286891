import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { KubeClient } from '../../../internal/kube/client.ts';
import type { KubeConfig } from '../../../internal/kube/config.ts';
import { createLog } from '../../../internal/log/pino-logger.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { planCluster } from '../plan.ts';
import { type Folders, Provisioner } from './provisioner.ts';

/**
 * The volume provisioner of the test cluster: node test/cluster/provisioner/main.ts FOLDER, the cluster's own.
 * A cluster outlives the checkout that it was started from: nothing may be imported on demand here.
 */
const plan = planCluster(process.argv[2] ?? '');

const folders: Folders = {
  make: async (path) => {
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777); // The mode that mkdir is given is less the process's umask.
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
};

const provisioner = new Provisioner({
  kube: new KubeClient(credentialsIn(plan.kubeconfig), systemClock),
  folders,
  nodes: plan.nodes,
  clock: systemClock,
  log: createLog('info', systemClock).log,
  random: Math.random,
});
await provisioner.run(new AbortController().signal);

/** Of a kubeconfig as certificates.ts writes it. The package that reads any other would be most of this process. */
function credentialsIn(file: string): KubeConfig {
  const { clusters, users }: Kubeconfig = JSON.parse(readFileSync(file, 'utf8'));
  const [{ cluster }, { user }] = [clusters[0], users[0]];
  return {
    server: new URL(cluster.server),
    ca: fromBase64(cluster['certificate-authority-data']),
    credentials: {
      kind: 'certificate',
      cert: fromBase64(user['client-certificate-data']),
      key: fromBase64(user['client-key-data']),
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
