import assert from 'node:assert/strict';
import { redisClusterDefinition } from '../../../build/generate/definition.ts';
import { seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { Answer, ApiServer } from '../api-server.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const clusters = '/apis/redis.io/v1/namespaces/default/redisclusters';

interface Stored {
  readonly metadata: { readonly resourceVersion: string; readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
}

interface DefinitionStatus {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

/** Creates the CRD, unless another file of tests has, and waits until its objects are served. Resolves to its conditions. */
export async function installDefinition(
  server: ApiServer,
): Promise<ReadonlyMap<string, { readonly status: string; readonly message: string }>> {
  const created = await server.request({ method: 'POST', path: definitions, body: redisClusterDefinition() });
  assert.ok([201, 409].includes(created.status), messageOf(created));
  await waitUntil('redisclusters are served', seconds(20), async () => {
    return (await server.request({ method: 'GET', path: clusters })).status === 200;
  });
  const { body } = await server.request({ method: 'GET', path: `${definitions}/redisclusters.redis.io` });
  const { conditions = [] } = (body as DefinitionStatus).status ?? {};
  return new Map(conditions.map(({ type, ...condition }) => [type, condition]));
}

/** RedisClusters in the namespace default of one API server, without any code of ours in between. */
export class StoredClusters {
  readonly #server: ApiServer;

  constructor(server: ApiServer) {
    this.#server = server;
  }

  /** What the API server would make of a new object; nothing is stored. */
  try(spec: unknown, name = 'demo'): Promise<Answer> {
    return this.#server.request({
      method: 'POST',
      path: `${clusters}?dryRun=All&fieldValidation=Strict`,
      body: manifest(spec, name),
    });
  }

  create(name: string, spec: unknown): Promise<Answer> {
    return this.#server.request({ method: 'POST', path: clusters, body: manifest(spec, name) });
  }

  async get(name: string): Promise<Stored> {
    const answer = await this.#server.request({ method: 'GET', path: `${clusters}/${name}` });
    assert.equal(answer.status, 200, messageOf(answer));
    return answer.body as Stored;
  }

  /** A JSON merge patch of the object, or of one of its subresources. */
  change(name: string, change: unknown, subresource: '' | '/status' | '/scale' = ''): Promise<Answer> {
    return this.#server.request({
      method: 'PATCH',
      path: `${clusters}/${name}${subresource}`,
      body: change,
      contentType: 'application/merge-patch+json',
    });
  }

  subresource(name: string, subresource: '/scale'): Promise<Answer> {
    return this.#server.request({ method: 'GET', path: `${clusters}/${name}${subresource}` });
  }
}

const manifest = (spec: unknown, name: string): unknown => ({
  apiVersion: 'redis.io/v1',
  kind: 'RedisCluster',
  metadata: { name },
  spec,
});

export const messageOf = ({ body }: Answer): string => {
  const said = typeof body === 'object' && body !== null && 'message' in body ? body.message : '';
  return typeof said === 'string' ? said : '';
};

export const specOf = ({ body }: Answer): unknown => (body as Partial<Stored>).spec;
