import { join } from 'node:path';
import { DurableFile } from '../durable-file.ts';
import { type OwnSpec, readOwnSpec } from '../own-spec.ts';

/**
 * The last spec that redis-server has taken, on the volume: a start goes back to it when Redis refuses what is wanted
 * now, so that a wrong value ends nothing that runs.
 */
export class AcceptedSpec {
  readonly #file: DurableFile;
  readonly #listeners = new Set<() => void>();
  #current: OwnSpec | undefined;

  constructor(dataFolder: string) {
    this.#file = new DurableFile(join(dataFolder, '.redis-operator', 'accepted-spec.json'));
  }

  /** What the running redis-server has taken, or was started on; undefined before the first start. */
  get current(): OwnSpec | undefined {
    return this.#current;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says what redis-server runs on from now on. */
  use(spec: OwnSpec): void {
    this.#current = spec;
    for (const listener of this.#listeners) listener();
  }

  /** Undefined when there is none that can be read. */
  async read(): Promise<OwnSpec | undefined> {
    const text = await this.#file.read().catch(() => undefined);
    return text === undefined ? undefined : parseSpec(text);
  }

  /** Writes only what is new. */
  async keep(spec: OwnSpec): Promise<void> {
    this.use(spec);
    const text = formatSpec(spec);
    if ((await this.#file.read().catch(() => undefined)) !== text) await this.#file.write(text);
  }
}

/** In the form of a RedisCluster's spec, which `readOwnSpec` reads. */
export const formatSpec = (spec: OwnSpec): string =>
  `${JSON.stringify({
    persistence: spec.persistence,
    redis: spec.directives,
    memory: {
      maxMemory: spec.maxMemory?.toString(),
      maxMemoryPercent: spec.maxMemoryPercent,
      maxMemoryPolicy: spec.maxMemoryPolicy,
    },
    resources: { limits: { memory: spec.memoryLimit?.toString() } },
    authSecret: { name: spec.authSecret },
  })}\n`;

export function parseSpec(text: string): OwnSpec | undefined {
  try {
    const reading = readOwnSpec(JSON.parse(text));
    return reading.kind === 'read' ? reading.spec : undefined;
  } catch {
    return undefined;
  }
}
