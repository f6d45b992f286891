import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly text: string;
}

/**
 * Ends an answer in one piece: with its length known it needs no chunks, each a write of its own. Without a date: Node keeps
 * the time of day for that, and wakes up every second to do so.
 */
export function endWith(response: ServerResponse, { status, type, text }: Answer): void {
  response.sendDate = false;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}
