import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** Serves /healthz, true while the process answers, and /readyz, true once it is waiting to lead or leads. */
export async function serveHealth(port: number, ready: () => boolean): Promise<Server> {
  const answers: Readonly<Record<string, () => boolean>> = { '/healthz': () => true, '/readyz': ready };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    const status = answer === undefined ? 404 : answer() ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok\n' : 'no\n');
  });
  server.listen(port);
  await once(server, 'listening');
  return server;
}
