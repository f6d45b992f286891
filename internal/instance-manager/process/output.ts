import type { Socket } from 'node:net';
import type { Clock } from '../../time/clock.ts';
import { milliseconds } from '../../time/units.ts';
import type { LeftOutput } from '../ports.ts';

/** Who is told the lines of a process. */
export interface Listener {
  readonly clock: Pick<Clock, 'schedule'>;
  readonly onLine: (line: string) => void;
}

/**
 * After a line was told the next ones wait for so long, and are told together: a redis-server says ten lines when its primary
 * dies, each of which makes its manager think things over, just while it is to be promoted. A failover is over by then.
 */
const rest = milliseconds(30);

/**
 * One output of a process, as lines. Whatever was taken out of the pipe is a line that was told, or waits for it, or is
 * begun: what is `left` has told all lines, so reading can go on in another program at any moment.
 */
export class Output {
  /** Resolves once everybody who could write to it is gone. */
  readonly silent: Promise<void>;
  readonly #stream: Socket;
  readonly #listener: Listener;
  #taken: Buffer;
  #cancelRest: (() => void) | undefined;
  #hurried = false;

  constructor(stream: Socket, listener: Listener, begun = '') {
    this.#stream = stream;
    this.#listener = listener;
    this.#taken = Buffer.from(begun, 'base64');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.silent = promise;
    stream.once('close', () => {
      this.hurry();
      resolve();
    });
    // A broken pipe is closed next, and has nothing more to tell.
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.#taken = Buffer.concat([this.#taken, chunk]);
      if (this.#cancelRest === undefined) this.#tell();
    });
  }

  /** Tells what waits, and from now on each line at once: the process has ended, and what it said of that is waited for. */
  hurry(): void {
    this.#hurried = true;
    this.#tell();
  }

  /** Undefined when it is over. What waits is told first. */
  get left(): LeftOutput | undefined {
    this.#tell();
    const fd = fdOf(this.#stream);
    return fd === undefined ? undefined : { fd, begun: this.#taken.toString('base64') };
  }

  #tell(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    const { clock, onLine } = this.#listener;
    const lines = this.#taken;
    let start = 0;
    for (let end = lines.indexOf(newline); end >= 0; end = lines.indexOf(newline, start)) {
      this.#taken = lines.subarray(end + 1);
      onLine(lines.toString('utf8', start, end));
      start = end + 1;
    }
    if (start > 0 && !this.#hurried) this.#cancelRest = clock.schedule(rest, () => this.#tell());
  }
}

const newline = 0x0a;

/** Node keeps it to itself. */
function fdOf(stream: Socket): number | undefined {
  const { _handle: handle } = stream as unknown as { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
