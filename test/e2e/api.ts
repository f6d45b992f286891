import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kubeconfigFrom } from '../../internal/kube/kubeconfig.ts';
import { type Request, Transport } from '../../internal/kube/transport.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';

/** An API server that is away is known to be before that. A write is not asked twice, and waits longer on a busy machine. */
const limits = { reading: seconds(10), writing: seconds(60) } as const;

/** Where objects of a kind lie, and how kubectl calls them besides. */
interface Kind {
  readonly names: readonly string[];
  readonly group: string;
  readonly scoped: 'namespace' | 'cluster';
}

const kinds: readonly Kind[] = [
  ...[
    ['pods', 'pod'],
    ['services', 'service'],
    ['secrets', 'secret'],
    ['configmaps', 'configmap'],
    ['events'],
    ['persistentvolumeclaims', 'pvc'],
  ].map((names) => ({ names, group: 'api/v1', scoped: 'namespace' as const })),
  { names: ['nodes', 'node'], group: 'api/v1', scoped: 'cluster' },
  { names: ['namespaces', 'namespace'], group: 'api/v1', scoped: 'cluster' },
  {
    names: ['redisclusters', 'rediscluster', 'redisclusters.redis.io'],
    group: 'apis/redis.io/v1',
    scoped: 'namespace',
  },
  { names: ['deployments', 'deployment'], group: 'apis/apps/v1', scoped: 'namespace' },
  { names: ['endpointslices'], group: 'apis/discovery.k8s.io/v1', scoped: 'namespace' },
  { names: ['leases'], group: 'apis/coordination.k8s.io/v1', scoped: 'namespace' },
  { names: ['poddisruptionbudgets', 'pdb'], group: 'apis/policy/v1', scoped: 'namespace' },
  { names: ['roles', 'role'], group: 'apis/rbac.authorization.k8s.io/v1', scoped: 'namespace' },
  { names: ['rolebindings', 'rolebinding'], group: 'apis/rbac.authorization.k8s.io/v1', scoped: 'namespace' },
  {
    names: ['customresourcedefinitions'],
    group: 'apis/apiextensions.k8s.io/v1',
    scoped: 'cluster',
  },
  { names: ['storageclasses'], group: 'apis/storage.k8s.io/v1', scoped: 'cluster' },
];

/** What a manifest says of itself. */
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

let connected: Promise<Transport> | undefined;

/*
 * What kubectl does for the same words, asked over a connection that stays: tests look several times a second, and each kubectl
 * is a process that takes a tenth of a second of a processor. All of them reject with the API server's words.
 */

/** As `kubectl get … -o json`. */
export const getObjects = (words: readonly string[]): Promise<unknown> =>
  ask({ method: 'GET', path: pathOf(words) });

/** As `kubectl create`. */
export async function createObject(manifest: Manifest): Promise<void> {
  const { kind, metadata } = manifest;
  await ask({ method: 'POST', path: pathOf(placed(kind, metadata.namespace)), body: manifest });
}

/** As `kubectl apply --server-side --force-conflicts`. */
export async function applyObject(manifest: Manifest): Promise<void> {
  const { kind, metadata } = manifest;
  const path = pathOf([...placed(kind, metadata.namespace), metadata.name]);
  const query = 'fieldManager=end-to-end-tests&force=true&fieldValidation=Strict';
  await ask({
    method: 'PATCH',
    path: `${path}${query}`,
    body: manifest,
    contentType: 'application/apply-patch+yaml',
  });
}

/** As `kubectl patch --type=merge`: null removes a field. */
export async function mergeInto(
  words: readonly string[],
  change: unknown,
  subresource?: 'status',
): Promise<void> {
  const [path] = pathOf(words).split('?');
  await ask({
    method: 'PATCH',
    path: subresource === undefined ? `${path}` : `${path}/${subresource}`,
    body: change,
    contentType: 'application/merge-patch+json',
  });
}

/** As `kubectl delete --wait=false`. */
export async function deleteObject(...words: readonly string[]): Promise<void> {
  await ask({ method: 'DELETE', path: pathOf(words) });
}

async function ask(request: Request): Promise<unknown> {
  connected ??= connect();
  const transport = await connected;
  const limit = request.method === 'GET' ? limits.reading : limits.writing;
  return await transport.json(request, systemClock.deadline(limit));
}

const placed = (kind: string, namespace?: string): readonly string[] => [
  kind.toLowerCase(),
  ...(namespace === undefined ? [] : ['-n', namespace]),
];

async function connect(): Promise<Transport> {
  const file = process.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
  return new Transport(await kubeconfigFrom(file), systemClock);
}

function pathOf(words: readonly string[]): string {
  const { positionals, values } = parseArgs({ args: [...words], options, allowPositionals: true });
  const [called = '', name] = positionals.flatMap((word) => word.split('/'));
  const kind = kinds.find(({ names }) => names.includes(called));
  if (kind === undefined) throw new Error(`test/e2e/api.ts does not know where ${called} lie`);
  const { namespace, selector, 'field-selector': fields } = values;
  const place = kind.scoped === 'cluster' ? [] : ['namespaces', namespace ?? 'default'];
  const path = ['', kind.group, ...place, kind.names[0] ?? '', ...(name === undefined ? [] : [name])];
  const query = new URLSearchParams({
    ...(selector === undefined ? {} : { labelSelector: selector }),
    ...(fields === undefined ? {} : { fieldSelector: fields }),
  });
  return `${path.join('/')}?${query}`;
}

const options = {
  namespace: { type: 'string', short: 'n' },
  selector: { type: 'string', short: 'l' },
  'field-selector': { type: 'string' },
} as const;
