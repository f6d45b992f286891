import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Document, parseAllDocuments } from 'yaml';
import { identifyImage } from './image/archive.ts';

const usage = `Installs the operator from config/ on the cluster of the current kubeconfig, and waits until it runs.

  node build/deploy.ts [--image NAME] [--argument=FLAG]... [--remove]

Each argument is one more for the operator's command line. The image may be given as IMAGE too; without it, it is the one that "make image" made.
--remove takes the operator away, but leaves its namespace, the definitions and with them every RedisCluster.`;

/** In this order: an object comes after what it needs. */
const folders = ['config/crd', 'config/rbac', 'config/manager', 'config/webhook'];
const localImage = 'localhost/redis-operator:dev';
const localArchive = 'dist/image/redis-operator-linux-amd64.tar';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    argument: { type: 'string', multiple: true },
    remove: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

if (values.help) console.log(usage);
else if (values.remove) remove();
else install(values.image ?? process.env['IMAGE'] ?? localImage, values.argument ?? []);

function install(image: string, more: readonly string[]): void {
  const manifests = readManifests(image);
  for (const deployment of ofKind(manifests, 'Deployment'))
    for (const argument of more)
      deployment.addIn(['spec', 'template', 'spec', 'containers', 0, 'args'], argument);
  kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifests);
  for (const definition of ofKind(manifests, 'CustomResourceDefinition')) {
    kubectl(['wait', '--for=condition=Established', '--timeout=60s', `crd/${nameOf(definition)}`]);
  }
  for (const deployment of ofKind(manifests, 'Deployment')) {
    const place = ['--namespace', String(deployment.getIn(['metadata', 'namespace']))];
    kubectl(['rollout', 'status', '--timeout=180s', ...place, `deployment/${nameOf(deployment)}`]);
  }
}

function remove(): void {
  const kept = ['CustomResourceDefinition', 'Namespace'];
  const removed = readManifests(localImage).filter(
    (manifest) => !kept.includes(String(manifest.get('kind'))),
  );
  kubectl(['delete', '--ignore-not-found', '-f', '-'], removed.toReversed());
}

function readManifests(image: string): readonly Document[] {
  const files = folders.filter((folder) => existsSync(folder)).flatMap(manifestFiles);
  const texts = files.map((file) => readFileSync(file, 'utf8').replaceAll(localImage, image));
  const manifests = texts.flatMap((text) => [...parseAllDocuments(text)]);
  if (image === localImage && existsSync(localArchive)) markBuild(ofKind(manifests, 'Deployment'));
  return manifests;
}

/** The local image keeps its name when it is built anew: only what is in it tells that pods must be replaced. */
function markBuild(deployments: readonly Document[]): void {
  const { digest } = identifyImage(localArchive);
  for (const deployment of deployments) {
    deployment.setIn(['spec', 'template', 'metadata', 'annotations', 'redis.io/image-digest'], digest);
  }
}

function manifestFiles(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.toSorted().map((name) => join(folder, name));
}

function ofKind(manifests: readonly Document[], kind: string): readonly Document[] {
  return manifests.filter((manifest) => manifest.get('kind') === kind);
}

function nameOf(manifest: Document): string {
  return String(manifest.getIn(['metadata', 'name']));
}

function kubectl(args: readonly string[], manifests: readonly Document[] = []): void {
  const input = manifests.map(String).join('\n---\n');
  execFileSync('kubectl', args, { input, stdio: ['pipe', 'inherit', 'inherit'] });
}
