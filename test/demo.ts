import { execFileSync } from 'node:child_process';
import type { Redis } from 'ioredis';
import { namespaceManifest, TestCluster } from './e2e/cluster.ts';
import { kubectl, kubectlWith } from './e2e/kubectl.ts';
import { eventually } from './e2e/wait.ts';

/** The main job, shown: the operator is installed, and a cluster of three is made, written to and read from. */
const namespace = 'demo';
const say = (line: string): void => console.log(`\n▸ ${line}`);
const cluster = new TestCluster(namespace, 'redis');

say('Installing the operator from config/');
execFileSync('node', ['build/deploy.ts'], { stdio: 'inherit' });

say(`Asking for three instances of ${image()}, in the namespace ${namespace}`);
await kubectlWith(namespaceManifest(namespace), 'apply', '--server-side');
await cluster.apply({ instances: 3, storage: { size: '1Gi' } });
await showProgress();

say('Writing 1,000 keys through the leader Service');
await withClient('leader', async (client) => {
  const batch = client.pipeline();
  for (let number = 1; number <= 1000; number += 1) batch.set(`greeting:${number}`, `hello ${number}`);
  const written = (await batch.exec())?.filter(([failure]) => failure === null) ?? [];
  const replicas = await client.call('WAIT', '2', '5000');
  console.log(`  ${written.length} were written, and WAIT says that ${replicas} replicas have them all`);
});

say('Reading one back through the replica Service');
await withClient('replica', async (client) => {
  const answer = await eventually(
    'the key is there',
    async () => (await client.get('greeting:1000')) ?? undefined,
    5,
  );
  console.log(`  greeting:1000 = ${answer}`);
});

say('This is what there is now (kubectl get redisclusters,pods -o wide)');
console.log(await kubectl('get', 'redisclusters.redis.io,pods', '-n', namespace, '-o', 'wide'));
console.log(`What to try next (test/cluster/enter goes into the cluster's network):
  test/cluster/enter kubectl -n ${namespace} describe redisclusters.redis.io redis
  test/cluster/enter kubectl -n ${namespace} delete pod redis-0        it comes back, with its data
  test/cluster/enter kubectl -n ${namespace} logs redis-0 -c redis
  make test                                              everything that must hold
  make cluster-down                                      ends the cluster`);

function image(): string {
  return process.env['ENGINE_IMAGE'] ?? 'localhost/redis:7.2.4';
}

/** Tells each new state of the cluster once, until it is healthy. */
async function showProgress(): Promise<void> {
  const started = performance.now();
  let told = '';
  await eventually(
    'the cluster is healthy',
    async () => {
      const {
        phase = 'not seen yet',
        readyInstances = 0,
        currentPrimary,
        conditions = [],
      } = await cluster.status();
      const obstacle = conditions.find(
        ({ type, reason }) => type === 'Progressing' && reason !== phase && reason !== 'Complete',
      );
      const news = `${phase}, ${readyInstances} of 3 ready, primary ${currentPrimary ?? 'none yet'}${obstacle === undefined ? '' : `: ${obstacle.message}`}`;
      if (news !== told)
        console.log(`  ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${news}`);
      told = news;
      return phase === 'Healthy' ? true : undefined;
    },
    180,
  );
}

async function withClient(kind: 'leader' | 'replica', use: (client: Redis) => Promise<void>): Promise<void> {
  const client = await cluster.connect(await cluster.serviceAddress(kind));
  try {
    await use(client);
  } finally {
    client.disconnect();
  }
}
