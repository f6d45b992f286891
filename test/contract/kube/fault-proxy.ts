import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What becomes of a connection: `reset` breaks it off, `finish` ends it as if all had been said; `held` passes nothing on
 * until it is released; `mute` neither passes anything on nor ends, as if the network in between were gone.
 */
export type Fate = 'reset' | 'finish' | 'held' | 'mute';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  fate: Fate | undefined;
}

/** A proxy of the test's own, on loopback, that does to connections what networks do. It sees bytes of TLS alone. */
export class FaultProxy {
  /** How many connections it has taken up. */
  connections = 0;
  /** How many it has cut off or silenced after a count of bytes. */
  struck = 0;
  /** What becomes of connections that are taken up from now on. */
  newLines: 'open' | 'refused' | 'mute' = 'open';
  readonly #target: URL;
  readonly #listener: Server;
  readonly #lines = new Set<Line>();
  #strike: { left: number; readonly fate: Fate; readonly next: () => number | undefined } | undefined;

  private constructor(target: URL) {
    this.#target = target;
    this.#listener = createServer((client) => this.#takeUp(client));
  }

  static async open(target: URL): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#listener.once('error', reject).listen(0, '127.0.0.1', resolve);
    await promise;
    return proxy;
  }

  get port(): number {
    const address = this.#listener.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): URL {
    return new URL(`https://127.0.0.1:${this.port}`);
  }

  /** After `bytes` more to clients, whichever they are, the connection that carries the last one meets its fate. */
  after(bytes: number, fate: Fate): void {
    this.#strike = { left: bytes, fate, next: () => undefined };
  }

  /** The same again and again, each time after as many bytes as `next` says; never again once it says nothing. */
  again(next: () => number | undefined, fate: Fate): void {
    const left = next();
    this.#strike = left === undefined ? undefined : { left, fate, next };
  }

  /** Every connection there is meets its fate now. */
  strike(fate: Fate): void {
    for (const line of [...this.#lines]) this.#meet(line, fate);
  }

  /** What is held goes on. */
  release(): void {
    for (const line of this.#lines) {
      if (line.fate !== 'held') continue;
      line.fate = undefined;
      line.server.resume();
    }
  }

  /** Every connection there is, is reset as soon as its client says anything more. */
  resetOnNextWord(): void {
    for (const { client } of this.#lines) client.prependOnceListener('data', () => client.resetAndDestroy());
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listener.close(() => resolve());
    for (const { client, server } of this.#lines) {
      client.destroy();
      server.destroy();
    }
    await promise;
  }

  #takeUp(client: Socket): void {
    client.on('error', () => undefined);
    if (this.newLines === 'refused') {
      client.resetAndDestroy();
      return;
    }
    this.connections++;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    server.on('error', () => undefined);
    const line: Line = { client, server, fate: this.newLines === 'mute' ? 'mute' : undefined };
    this.#lines.add(line);
    client.on('data', (bytes) => {
      if (line.fate !== 'mute') server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => this.#passOn(bytes, line));
    client.on('drain', () => {
      if (line.fate === undefined) server.resume();
    });
    client.on('close', () => {
      this.#lines.delete(line);
      server.destroy();
    });
    server.on('close', () => {
      if (line.fate === undefined) client.destroy();
    });
  }

  #passOn(bytes: Buffer, line: Line): void {
    if (line.fate !== undefined) return;
    const strike = this.#strike;
    if (strike === undefined || bytes.length < strike.left) {
      if (strike !== undefined) strike.left -= bytes.length;
      if (!line.client.write(bytes)) line.server.pause();
      return;
    }
    this.struck++;
    const next = strike.next();
    this.#strike = next === undefined ? undefined : { ...strike, left: next };
    const [before, after] = [bytes.subarray(0, strike.left), bytes.subarray(strike.left)];
    line.fate = strike.fate;
    line.server.pause();
    if (strike.fate === 'held') line.server.unshift(after);
    // What comes before the fate is on its way first.
    line.client.write(before, () => this.#meet(line, strike.fate));
  }

  #meet(line: Line, fate: Fate): void {
    line.fate = fate;
    if (fate === 'reset') line.client.resetAndDestroy();
    if (fate === 'finish') line.client.end();
    if (fate === 'reset' || fate === 'finish') line.server.destroy();
    else line.server.pause();
  }
}
