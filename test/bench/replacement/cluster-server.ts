import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import type { KeyPair } from '../../../internal/pki/authority.ts';

/** As much of an API server as one instance asks: one RedisCluster, read, listed and watched. */
export class ClusterServer {
  readonly #server: Server;
  readonly #watchers = new Set<ServerResponse>();
  #object: KubeObject;

  constructor({ certificate, key }: KeyPair, first: KubeObject) {
    this.#object = first;
    this.#server = createServer({ cert: certificate, key }, (request, response) =>
      this.#answer(request, response),
    );
  }

  listen(port: number): void {
    this.#server.listen(port);
  }

  write(object: KubeObject): void {
    this.#object = object;
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const object = this.#object;
    response.setHeader('content-type', 'application/json');
    if (url.includes('/secrets/')) response.writeHead(404).end('{}');
    else if (url.includes('watch=')) {
      response.flushHeaders();
      this.#watchers.add(response);
      response.once('close', () => this.#watchers.delete(response));
    } else if (url.includes('?')) {
      const { resourceVersion } = object.metadata;
      response.end(JSON.stringify({ metadata: { resourceVersion }, items: [object] }));
    } else response.end(JSON.stringify(object));
  }
}
