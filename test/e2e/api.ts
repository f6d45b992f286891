import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kubeconfigFrom } from '../../internal/kube/kubeconfig.ts';
import { Transport } from '../../internal/kube/transport.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';

/** An API server that is away is known to be before that. */
const limit = seconds(10);

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
  { names: ['redisclusters', 'redisclusters.redis.io'], group: 'apis/redis.io/v1', scoped: 'namespace' },
  { names: ['deployments', 'deployment'], group: 'apis/apps/v1', scoped: 'namespace' },
  { names: ['endpointslices'], group: 'apis/discovery.k8s.io/v1', scoped: 'namespace' },
  { names: ['poddisruptionbudgets', 'pdb'], group: 'apis/policy/v1', scoped: 'namespace' },
  { names: ['storageclasses'], group: 'apis/storage.k8s.io/v1', scoped: 'cluster' },
];

let connected: Promise<Transport> | undefined;

/**
 * What `kubectl get … -o json` gives for these words, asked over a connection that stays: tests look five times a second,
 * and each kubectl is a process that takes a tenth of a second of a processor. Rejects with the API server's words.
 */
export async function getObjects(words: readonly string[]): Promise<unknown> {
  connected ??= connect();
  const transport = await connected;
  return await transport.json({ method: 'GET', path: pathOf(words) }, systemClock.deadline(limit));
}

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
