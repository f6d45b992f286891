import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DurableFile } from '../durable-file.ts';
import type { FoundFiles, Persistence, Source } from './authority.ts';
import { sourceOf } from './authority.ts';

/** One redis-server process after another: what was found out about one says nothing of the next. */
export type Life = number;

/**
 * The files that redis-server keeps its data set in, and the mark beside them that says when the RDB is the newer one.
 * All that reads or writes the mark happens one after another, so that no start overtakes it.
 */
export class DataFiles {
  readonly #folder: string;
  readonly #mark: DurableFile;
  #life: Life = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataFolder: string) {
    this.#folder = dataFolder;
    this.#mark = new DurableFile(join(dataFolder, '.redis-operator', 'rdb-outdates-aof'));
  }

  get life(): Life {
    return this.#life;
  }

  found(): Promise<FoundFiles> {
    return this.#inTurn(() => this.#look());
  }

  /** Begins the next life, and says what it starts from. An append-only file that is appended to is under no mark. */
  begin(persistence: Persistence): Promise<Source> {
    this.#life += 1;
    return this.#inTurn(async () => {
      const files = await this.#look();
      const source = sourceOf(persistence, files);
      if (source === 'aof' && files.outdated !== undefined) await this.#mark.remove();
      return source;
    });
  }

  /** Says that the RDB holds all that the append-only files do, unless another life has begun since. */
  mark(life: Life): Promise<void> {
    return this.#inTurn(async () => {
      const { aof } = await this.#look();
      if (life === this.#life && aof !== undefined) await this.#mark.write(aof);
    });
  }

  forget(): Promise<void> {
    return this.#inTurn(() => this.#mark.remove());
  }

  async #look(): Promise<FoundFiles> {
    const [aof, rdb, outdated] = await Promise.all([
      identityOf(join(this.#folder, 'appendonlydir')),
      exists(join(this.#folder, 'dump.rdb')),
      this.#mark.read(),
    ]);
    return { aof, rdb, outdated };
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

/** What the manifest says, and how long each file of it is. Redis replaces the manifest as a whole. */
async function identityOf(folder: string): Promise<string | undefined> {
  const manifest = await textIn(join(folder, 'appendonly.aof.manifest'));
  if (manifest === undefined) return undefined;
  const names = [...manifest.matchAll(/^file (\S+) /gm)].map(([, name = '']) => name);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return `${manifest.trimEnd()}\n${sizes.join(' ')}\n`;
}

const textIn = async (path: string): Promise<string | undefined> => await new DurableFile(path).read();

const sizeOf = async (path: string): Promise<number> =>
  await stat(path).then(
    ({ size }) => size,
    () => -1,
  );

const exists = async (path: string): Promise<boolean> =>
  await access(path).then(
    () => true,
    () => false,
  );
