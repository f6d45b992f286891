import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the plain port answers with; a complaint is one line that says what is wrong. */
export interface Probes {
  health(): string | undefined;
  readiness(): string | undefined;
  /** Prometheus text. */
  metrics(): Promise<string>;
}

/** Serves /healthz, /readyz and /metrics, and nothing that changes anything. */
export async function serveProbes(port: number, probes: Probes): Promise<Server> {
  const server = createServer({ maxHeaderSize: 4096, requestTimeout: 5000 }, (request, response) => {
    answer(request, response, probes).catch(() => response.destroy());
  });
  server.listen(port);
  await once(server, 'listening');
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, probes: Probes): Promise<void> {
  if (request.method !== 'GET') return end(response, 405, 'only GET\n');
  switch (request.url) {
    case '/healthz':
      return verdict(response, probes.health());
    case '/readyz':
      return verdict(response, probes.readiness());
    case '/metrics':
      return end(response, 200, await probes.metrics());
    default:
      return end(response, 404, 'no such path\n');
  }
}

const verdict = (response: ServerResponse, complaint: string | undefined): void =>
  complaint === undefined ? end(response, 200, 'ok\n') : end(response, 503, `${complaint}\n`);

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}
