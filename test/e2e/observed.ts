import assert from 'node:assert/strict';
import type { TestCluster } from './cluster.ts';
import { type Account, Ledger, missingFrom, pauses } from './ledger.ts';
import { type Watched, watchWriters } from './single-writer.ts';
import { eventually } from './wait.ts';

/** The clients that write while something happens. */
export interface Clients {
  /** Ledger A notes a write at its OK, ledger W only after a replica has it. */
  readonly a: Ledger;
  readonly w: Ledger;
  /** Resolves once both have had fifty more writes acknowledged. */
  goOn(seconds: number): Promise<void>;
}

export interface Observed {
  readonly a: Account;
  readonly w: Account;
  /** How many writes of A are gone. */
  readonly lostOfA: number;
  readonly watched: Watched;
}

/** The shortest entry of ledger A in the replication stream: `*3 $3 set $7 seq:1:0 $1 0`, each with its line ends. */
const leastBytesOfAWrite = 31;

/**
 * Does what an unplanned fault needs to be judged: keeps ledgers A and W and looks for two writers while `use` runs,
 * waits until the cluster is whole and everybody agrees who is primary, and asserts that nothing of W is gone, that no
 * two wrote at once, and that A has lost no more than the record allows.
 */
export async function observed(
  cluster: TestCluster,
  use: (clients: Clients) => Promise<void>,
  pauseMs: number = pauses.sparse,
): Promise<Observed> {
  const [seen] = await observedAll(
    [cluster],
    ([clients]) => (clients === undefined ? Promise.resolve() : use(clients)),
    pauseMs,
  );
  return seen ?? assert.fail();
}

/** The same for clusters that suffer the same fault. */
export async function observedAll(
  clusters: readonly TestCluster[],
  use: (clients: readonly Clients[]) => Promise<void>,
  pauseMs: number = pauses.sparse,
): Promise<readonly Observed[]> {
  const observations = await Promise.all(clusters.map((cluster) => Observation.begin(cluster, pauseMs)));
  try {
    await Promise.all(observations.map(({ clients }) => clients.goOn(10)));
    await use(observations.map(({ clients }) => clients));
    await Promise.all(observations.map((each) => each.settled()));
  } finally {
    await Promise.all(observations.map((each) => each.end()));
  }
  return await Promise.all(observations.map((each) => each.judge()));
}

class Observation {
  readonly clients: Clients;
  readonly #cluster: TestCluster;
  readonly #termBefore: number;
  readonly #stopping = new AbortController();
  readonly #watching: Promise<Watched>;

  static async begin(cluster: TestCluster, pauseMs: number): Promise<Observation> {
    const { term = 0 } = await cluster.status();
    const [a, w] = [await Ledger.of(cluster, 0, pauseMs), await Ledger.of(cluster, 1, pauseMs)];
    return new Observation(cluster, term, a, w);
  }

  private constructor(cluster: TestCluster, term: number, a: Ledger, w: Ledger) {
    this.#cluster = cluster;
    this.#termBefore = term;
    this.#watching = watchWriters(cluster, this.#stopping.signal);
    const goOn = async (seconds: number): Promise<void> => {
      const before = [a.count, w.count] as const;
      const both = (): boolean => a.count > before[0] + 50 && w.count > before[1] + 50;
      await eventually('writes go on', async () => both() || undefined, seconds);
    };
    this.clients = { a, w, goOn };
  }

  async settled(): Promise<void> {
    await this.#cluster.healthy(60);
    await this.#cluster.agreed(30);
  }

  async end(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.clients.a.stop(), this.clients.w.stop(), this.#watching]);
  }

  async judge(): Promise<Observed> {
    const { a, w } = this.clients;
    const seen = { a: await a.stop(), w: await w.stop(), watched: await this.#watching };
    return await judge(this.#cluster, this.#termBefore, seen);
  }
}

async function judge(
  cluster: TestCluster,
  termBefore: number,
  seen: Omit<Observed, 'lostOfA'>,
): Promise<Observed> {
  const leader = await cluster.connect(await cluster.serviceAddress('leader'));
  const [lostOfA, lostOfW] = [await missingFrom(leader, seen.a), await missingFrom(leader, seen.w)];
  leader.disconnect();
  assert.deepEqual(lostOfW, [], `of ${seen.w.acknowledged.length} writes that a replica had confirmed`);
  assert.deepEqual(seen.watched.doubles, [], `two writers, in ${seen.watched.looks} looks`);
  const { term = 0, lastFailover } = await cluster.status();
  const bound = lastFailover?.lostBytesUpperBound;
  // The record tells of the last failover alone.
  if (term === termBefore + 1 && bound !== undefined)
    assert.ok(lostOfA.length * leastBytesOfAWrite <= bound, `${lostOfA.length} writes in ${bound} bytes`);
  return { ...seen, lostOfA: lostOfA.length };
}

/** One line for the diagnostics of a test. */
export const tell = ({ a, w, lostOfA, watched }: Observed): string =>
  `no write for ${a.longestGap} ms; A lost ${lostOfA} of ${a.acknowledged.length}, W none of ${w.acknowledged.length}; ` +
  `one writer in ${watched.looks} looks`;
