import type { ServerResponse } from 'node:http';

export interface Answer {
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly text: string;
}

/** Ends an answer in one piece: with its length known it needs no chunks, each a write of its own. */
export function endWith(response: ServerResponse, { status, type, text }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}
