import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import type { RedisClusterStatus } from '../../api/v1/redis-cluster.ts';
import { hasCode } from '../../internal/kube/errors.ts';
import { engines } from '../cluster/engines/engines.ts';
import { applyObject, createObject, deleteObject, mergeInto } from './api.ts';
import { getJson } from './kubectl.ts';
import { eventually } from './wait.ts';

/** The image that the suite is run with: once for each engine. */
export const engineImage = process.env['ENGINE_IMAGE'] ?? 'localhost/redis:7.2.4';

/** Of another engine, where there is one. */
export const otherImage =
  engines.map(({ image }) => image).find((image) => image !== engineImage) ?? engineImage;

interface StoredCluster {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly status?: RedisClusterStatus;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly uid: string;
      readonly labels: Readonly<Record<string, string>>;
    };
    readonly spec: { readonly nodeName: string };
    readonly status: {
      readonly podIP?: string;
      readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
    };
  }[];
}

/** A name that no earlier run has used, for a namespace takes minutes to go, and none that has begun at the same moment. */
export const newName = (prefix: string): string =>
  `${prefix}-${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}`;

/** A namespace that enforces the restricted pod security level. */
export function namespaceManifest(name: string) {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** It is gone with all in it at the end of a test. */
export const makeNamespace = (name: string): Promise<void> => createObject(namespaceManifest(name));

/** Nothing happens where it was not made. */
export async function dropNamespace(name: string): Promise<void> {
  try {
    await deleteObject('namespace', name);
  } catch (failure) {
    if (!hasCode(failure, 'notFound')) throw failure;
  }
}

/** DEBUG DIGEST tells whether two data sets are the same. */
const debugDirectives = { 'enable-debug-command': 'yes' };

/** Half the processor time that is asked for by default: nodes of a small machine run out of what they can promise. */
const modest = { requests: { cpu: '50m', memory: '128Mi' } };

/** One cluster under test. */
export class TestCluster {
  readonly namespace: string;
  readonly name: string;
  /** The name of the Secret with its password. */
  readonly secret: string;
  readonly #image: string;

  constructor(namespace: string, name: string, image = engineImage, secret = `${name}-auth`) {
    this.namespace = namespace;
    this.name = name;
    this.secret = secret;
    this.#image = image;
  }

  apply(spec: Readonly<Record<string, unknown>>): Promise<void> {
    return applyObject(this.manifest(spec));
  }

  manifest(spec: Readonly<Record<string, unknown>>) {
    return {
      apiVersion: 'redis.io/v1',
      kind: 'RedisCluster',
      metadata: { name: this.name, namespace: this.namespace },
      spec: {
        imageName: this.#image,
        storage: { size: '64Mi' },
        redis: debugDirectives,
        resources: modest,
        ...spec,
      },
    };
  }

  async stored(): Promise<StoredCluster> {
    return await getJson<StoredCluster>(...this.#object);
  }

  async status(): Promise<RedisClusterStatus> {
    return (await this.stored()).status ?? {};
  }

  /** Edits the status by hand, as nobody should: null removes a field. */
  patchStatus(status: Readonly<Record<string, unknown>>): Promise<void> {
    return mergeInto(this.#object, { status }, 'status');
  }

  /** `name=value`, or `name-` to remove it. */
  annotate(annotation: string): Promise<void> {
    const [name = '', ...value] = annotation.split('=');
    const annotations = value.length === 0 ? { [name.slice(0, -1)]: null } : { [name]: value.join('=') };
    return mergeInto(this.#object, { metadata: { annotations } });
  }

  deletePod(name: string): Promise<void> {
    return deleteObject('pod', name, '-n', this.namespace);
  }

  get #object(): readonly string[] {
    return ['redisclusters.redis.io', this.name, '-n', this.namespace];
  }

  /** Resolves to the status once all instances are ready and it is about the newest spec. */
  async healthy(seconds: number): Promise<RedisClusterStatus> {
    return await eventually(
      `${this.name} is Healthy`,
      async () => {
        const { metadata, status } = await this.stored();
        const current = status?.observedGeneration === metadata.generation && status?.phase === 'Healthy';
        // A step is recorded a moment before its phase is.
        const settled =
          status?.currentPrimary === status?.targetPrimary && status?.primaryFencedSince === undefined;
        if (status === undefined || !current || !settled) throw new Error(JSON.stringify(status));
        return status;
      },
      seconds,
    );
  }

  /** Resolves once a primary of a later term is confirmed. */
  async primaryAfter(term: number, seconds: number): Promise<void> {
    const look = async (): Promise<true> => {
      const now = await this.status();
      if (now.currentPrimary === now.targetPrimary && (now.term ?? 0) > term) return true;
      throw new Error(JSON.stringify(now));
    };
    await eventually(`${this.name} has a primary after term ${term}`, look, seconds);
  }

  async pods(): Promise<PodList['items']> {
    const list = await getJson<PodList>('pods', '-n', this.namespace, '-l', `redis.io/cluster=${this.name}`);
    return list.items;
  }

  async password(): Promise<string> {
    const secret = await getJson<{ data: { password: string } }>('secret', this.secret, '-n', this.namespace);
    return Buffer.from(secret.data.password, 'base64').toString();
  }

  /**
   * A client of the project's own choice of library, at a pod's or a Service's address. It tries for six seconds: nodes'
   * proxies refuse whoever comes before they know where a Service leads.
   */
  async connect(host: string): Promise<Redis> {
    return quiet(host, await this.password(), persistent);
  }

  /** A client that gives up at once: whoever uses it decides what to do then. */
  impatient(host: string, password: string): Redis {
    return quiet(host, password, atOnce);
  }

  /** Runs `use` with a client of each pod, by name. Rejects after a few seconds where one has gone meanwhile. */
  async onEach<Result>(
    use: (client: Redis, pod: string) => Promise<Result>,
  ): Promise<ReadonlyMap<string, Result>> {
    const [pods, password] = await Promise.all([this.pods(), this.password()]);
    assert.ok(pods.length > 0, `${this.name} has no pods`);
    const results = pods.map(async ({ metadata, status }): Promise<[string, Result]> => {
      const client = quiet(status.podIP ?? '', password, patient);
      try {
        return [metadata.name, await use(client, metadata.name)];
      } finally {
        client.disconnect();
      }
    });
    return new Map(await Promise.all(results));
  }

  /** What each Redis itself says it is: master or slave. */
  roles(): Promise<ReadonlyMap<string, unknown>> {
    return this.onEach(async (client) => ((await client.call('ROLE')) as readonly unknown[])[0]);
  }

  async serviceAddress(kind: 'leader' | 'replica' | 'any'): Promise<string> {
    const service = await getJson<{ spec: { clusterIP: string } }>(
      'service',
      `${this.name}-${kind}`,
      '-n',
      this.namespace,
    );
    return service.spec.clusterIP;
  }

  /** The pods behind a Service that are ready, by name. */
  async endpoints(kind: 'leader' | 'replica' | 'any'): Promise<readonly string[]> {
    const slices = await getJson<SliceList>(
      'endpointslices',
      '-n',
      this.namespace,
      '-l',
      `kubernetes.io/service-name=${this.name}-${kind}`,
    );
    const endpoints = slices.items.flatMap((slice) => slice.endpoints ?? []);
    return endpoints
      .filter(({ conditions }) => conditions.ready)
      .map(({ targetRef }) => targetRef.name)
      .sort();
  }

  /** Resolves once everybody agrees: labels and endpoints follow the status within moments. */
  async agreed(seconds: number): Promise<void> {
    const look = async (): Promise<true> => {
      await this.agreement();
      return true;
    };
    await eventually('all agree', look, seconds);
  }

  /** Who is primary by every account: status, labels, Services, and each Redis itself. */
  async agreement(): Promise<void> {
    const status = await this.status();
    const primary = status.currentPrimary ?? '';
    assert.equal(status.targetPrimary, primary);
    const pods = await this.pods();
    const replicas = pods
      .map(({ metadata }) => metadata.name)
      .filter((name) => name !== primary)
      .sort();
    for (const { metadata } of pods) {
      assert.equal(
        metadata.labels['redis.io/role'],
        metadata.name === primary ? 'primary' : 'replica',
        metadata.name,
      );
    }
    assert.deepEqual(await this.endpoints('leader'), [primary]);
    assert.deepEqual(await this.endpoints('replica'), replicas);
    for (const [pod, role] of await this.roles())
      assert.equal(role, pod === primary ? 'master' : 'slave', pod);
  }
}

/** Both replicas of three have what `client` has written. */
export async function assertOnBothReplicas(client: Redis): Promise<void> {
  assert.equal(await client.call('WAIT', '2', '60000'), 2);
}

type Manners = typeof persistent | typeof patient | typeof atOnce;

/** What goes wrong is told by each command alone. */
function quiet(host: string, password: string, manners: Manners): Redis {
  const client = new Redis({ host, password, ...manners });
  client.on('error', () => undefined);
  return client;
}

const persistent = { connectTimeout: 2000, maxRetriesPerRequest: 15 } as const;
const patient = { connectTimeout: 1000, maxRetriesPerRequest: 5, retryStrategy: () => 400 } as const;
const atOnce = {
  connectTimeout: 300,
  commandTimeout: 500,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
} as const;

interface SliceList {
  readonly items: readonly {
    readonly endpoints?: readonly {
      readonly conditions: { readonly ready: boolean };
      readonly targetRef: { readonly name: string };
    }[];
  }[];
}
