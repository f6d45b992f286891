import type { ServerResponse } from 'node:http';
import type { InstanceEvent, InstanceReport } from '../../control/protocol.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';

export interface StreamPorts {
  readonly clock: Clock;
  report(): InstanceReport;
  /** Calls `tell` with each event; returns the function that ends it. */
  subscribe(tell: (event: InstanceEvent) => void): () => void;
}

/** An empty line so often shows the other side that we are there; two missed, and it opens another stream. */
export const heartbeat = seconds(10);
/** A subscriber that leaves so many bytes unread is cut off: the next stream begins with the whole state again. */
export const mostUnread = 256 * 1024;

/** Answers with `hello`, then with every event as it happens, until the connection ends. */
export function streamEvents(response: ServerResponse, ports: StreamPorts): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const write = (line: string): void => {
    if (response.destroyed) return;
    if (response.writableLength > mostUnread) response.destroy();
    else response.write(`${line}\n`);
  };
  let cancelBeat = (): void => undefined;
  const beat = (): void => {
    cancelBeat = ports.clock.schedule(heartbeat, () => {
      write('');
      beat();
    });
  };
  const unsubscribe = ports.subscribe((event) => write(JSON.stringify(event)));
  response.once('close', () => {
    unsubscribe();
    cancelBeat();
  });
  write(JSON.stringify({ kind: 'hello', report: ports.report() } satisfies InstanceEvent));
  beat();
}
