import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Server as Listener, Socket } from 'node:net';

/** Where a server listens; `address` undefined is everywhere, port 0 any free one. */
export interface Endpoint {
  readonly address: string | undefined;
  readonly port: number;
}

/** A question of ours is a line and a few headers. */
export const largestHeader = 4096;

/** Resolves once connections are taken; rejects when the port is not to be had. */
export async function listen(server: Listener, { address, port }: Endpoint): Promise<void> {
  server.listen({ port, ...(address === undefined ? {} : { host: address }) });
  await once(server, 'listening');
}

/** Takes no more connections and ends those there are, streams included: whoever listens shall ask elsewhere at once. */
export function shut(server: Server | SecureServer): void {
  server.close();
  // One in the middle of its handshake is not among them yet, and would be answered for as long as the process goes on.
  server.on('secureConnection', (socket: Socket) => socket.destroy());
  server.closeAllConnections();
}
