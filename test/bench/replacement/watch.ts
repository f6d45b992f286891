import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as secure, type TLSSocket } from 'node:tls';
import { Port } from '../../../api/v1/names.ts';
import type { ControlIdentity } from '../../../internal/control/client.ts';
import { statusPath } from '../../../internal/control/protocol.ts';

const host = '127.0.0.1';
/** Finer than what is measured, and coarse enough to leave the manager its processor. */
const askEvery = 2;

/** Milliseconds, from the moment when the old manager said that it ends, to the first answer of the new one. */
export interface FirstAnswers {
  readonly probe: number;
  readonly control: number;
}

/** Asks both ports, each over new connections, until the new manager has answered on both. */
export async function firstAnswers(identity: ControlIdentity, since: number): Promise<FirstAnswers> {
  const first = async (ask: () => Promise<boolean>): Promise<number> => {
    while (!(await ask().catch(() => false))) await sleep(askEvery);
    return performance.now() - since;
  };
  const [probe, control] = await Promise.all([first(probed), first(() => asked(identity))]);
  return { probe, control };
}

/** As the kubelet asks. */
async function probed(): Promise<boolean> {
  const socket = connect({ host, port: Port.http });
  socket.end('GET /healthz HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.includes('200 OK');
}

/** As the operator asks; nothing is made ready for TLS before the port is open. */
async function asked({ serverName, ...pem }: ControlIdentity): Promise<boolean> {
  const socket = connect({ host, port: Port.control });
  await once(socket, 'connect');
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const secured = (): TLSSocket => secure({ ...pem, socket, servername: serverName });
  const sent = request({ path: statusPath, host: serverName, createConnection: secured });
  sent.on('response', (answer) => {
    answer.resume();
    resolve(answer.statusCode === 200);
  });
  sent.on('error', reject);
  sent.end();
  return await promise;
}
