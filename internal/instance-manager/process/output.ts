import type { Socket } from 'node:net';
import type { LeftOutput } from '../ports.ts';

/**
 * One output of a process, as lines. Whatever was taken out of the pipe is a line that was told, or is `begun`: so reading
 * can go on in another program at any moment.
 */
export class Output {
  /** Resolves once everybody who could write to it is gone. */
  readonly silent: Promise<void>;
  readonly #stream: Socket;
  readonly #onLine: (line: string) => void;
  #begun: Buffer;

  constructor(stream: Socket, onLine: (line: string) => void, begun = '') {
    this.#stream = stream;
    this.#onLine = onLine;
    this.#begun = Buffer.from(begun, 'base64');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.silent = promise;
    stream.once('close', resolve);
    // A broken pipe is closed next, and has nothing more to tell.
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** Undefined when it is over. */
  get left(): LeftOutput | undefined {
    const fd = fdOf(this.#stream);
    return fd === undefined ? undefined : { fd, begun: this.#begun.toString('base64') };
  }

  #take(chunk: Buffer): void {
    const lines = Buffer.concat([this.#begun, chunk]);
    let start = 0;
    for (let end = lines.indexOf(newline); end >= 0; end = lines.indexOf(newline, start)) {
      this.#begun = lines.subarray(end + 1);
      this.#onLine(lines.toString('utf8', start, end));
      start = end + 1;
    }
    this.#begun = lines.subarray(start);
  }
}

const newline = 0x0a;

/** Node keeps it to itself. */
function fdOf(stream: Socket): number | undefined {
  const { _handle: handle } = stream as unknown as { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
