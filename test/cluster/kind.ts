import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engines, formerImage } from './engines/engines.ts';
import { environmentFile, writeEnvironment } from './environment.ts';
import { nodeCount } from './plan.ts';
import { say, step } from './progress.ts';
import { run } from './run.ts';

const name = 'redis-operator';
const markerFile = (folder: string): string => join(folder, 'kind.json');

const configuration = {
  kind: 'Cluster',
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  nodes: [{ role: 'control-plane' }, ...Array.from({ length: nodeCount }, () => ({ role: 'worker' }))],
};

/** What the servers are called where container engines look for images by default. */
const publicImages = { redis: 'redis:7.2.4', valkey: 'valkey/valkey:8.0.1' } as const;
const publicFormerImage = 'redis:7.0.15';

export async function startKindCluster(folder: string): Promise<void> {
  if (existsSync(environmentFile(folder)) && (await exists())) return say('The cluster is up.');
  mkdirSync(folder, { recursive: true });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(markerFile(folder), JSON.stringify(configuration));
  if (!(await exists())) {
    const flags = [
      '--name',
      name,
      '--config',
      markerFile(folder),
      '--kubeconfig',
      kubeconfig,
      '--wait',
      '3m',
    ];
    await step('create a kind cluster', () => run(['kind', 'create', 'cluster', ...flags]));
  }
  for (const engine of engines) {
    await step(`load ${engine.image}`, () => loadPublicImage(publicImages[engine.name], engine.image));
  }
  await step(`load ${formerImage}`, () => loadPublicImage(publicFormerImage, formerImage));
  writeEnvironment({ KUBECONFIG: kubeconfig, CLUSTER_FOLDER: folder, programFolders: [] });
}

export async function loadIntoKind(archive: string): Promise<void> {
  await run(['kind', 'load', 'image-archive', '--name', name, archive]);
}

export const isKindCluster = (folder: string): boolean => existsSync(markerFile(folder));

export async function deleteKindCluster(folder: string): Promise<void> {
  await step('delete the kind cluster', () => run(['kind', 'delete', 'cluster', '--name', name]));
  rmSync(folder, { recursive: true });
}

async function exists(): Promise<boolean> {
  const clusters = await run(['kind', 'get', 'clusters']);
  return clusters.split('\n').includes(name);
}

async function loadPublicImage(source: string, image: string): Promise<void> {
  await run(['docker', 'pull', '--quiet', source]);
  await run(['docker', 'tag', source, image]);
  await run(['kind', 'load', 'docker-image', '--name', name, image]);
}
