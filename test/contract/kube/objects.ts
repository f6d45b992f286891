import assert from 'node:assert/strict';
import type { KubeObject, Resource } from '../../../internal/kube/objects.ts';
import type { Answer, ApiServer } from '../api-server.ts';

/** What is written and watched here: an object of any kind that carries some data. */
export interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** A kind that anybody may fill, and that nothing else here changes. */
export const configMaps: Resource<DataObject> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** Objects of one kind in one namespace, written and read without any client of ours. */
export class ObjectWriter {
  readonly namespace: string;
  readonly resource: Resource<DataObject>;
  readonly #server: ApiServer;
  readonly #path: string;
  #changes = 0;

  private constructor(server: ApiServer, namespace: string, resource: Resource<DataObject>) {
    this.#server = server;
    this.namespace = namespace;
    this.resource = resource;
    this.#path = `/api/v1/namespaces/${namespace}/${resource.plural}`;
  }

  /** In a new namespace. */
  static async in(
    server: ApiServer,
    namespace: string,
    resource: Resource = configMaps,
  ): Promise<ObjectWriter> {
    const body = { metadata: { name: namespace } };
    const answer = await server.request({ method: 'POST', path: '/api/v1/namespaces', body });
    assert.equal(answer.status, 201, answer.text);
    return new ObjectWriter(server, namespace, resource);
  }

  /** Resolves to its metadata. */
  async create(name: string, data: DataObject['data'] = {}): Promise<KubeObject> {
    const { kind } = this.resource;
    const content = kind === 'Event' ? { involvedObject: { namespace: this.namespace } } : { data };
    const body = { metadata: { name }, ...content };
    const request = { method: 'POST', path: this.#path, body, accept: metadataAlone } as const;
    return object(await this.#server.request(request), 201);
  }

  /** Changes the object in any case. Resolves to its metadata. */
  async change(name: string, data: DataObject['data'] = {}): Promise<KubeObject> {
    const body = { data, metadata: { annotations: { changed: String(this.#changes++) } } };
    const contentType = 'application/merge-patch+json';
    const path = `${this.#path}/${name}`;
    const request = { method: 'PATCH', path, body, contentType, accept: metadataAlone } as const;
    return object(await this.#server.request(request), 200);
  }

  async delete(name: string): Promise<void> {
    const answer = await this.#server.request({ method: 'DELETE', path: `${this.#path}/${name}` });
    assert.equal(answer.status, 200, answer.text);
  }

  /** All of them, in one piece. */
  async all(): Promise<readonly DataObject[]> {
    const answer = await this.#server.request({ method: 'GET', path: this.#path });
    assert.equal(answer.status, 200, answer.text);
    return (answer.body as { readonly items: readonly DataObject[] }).items;
  }
}

const metadataAlone = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

function object(answer: Answer, status: number): KubeObject {
  assert.equal(answer.status, status, answer.text);
  return answer.body as KubeObject;
}
