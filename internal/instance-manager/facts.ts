import type { ProcessExit, ProcessState } from '../control/protocol.ts';
import type { Moment } from '../time/units.ts';
import type { RedisRole } from './decide.ts';
import { type Link, noLink } from './link.ts';
import type { StoredRecord } from './record.ts';
import type { Tenure } from './tenure.ts';

/** Everything an instance knows, first-hand. One immutable value; decisions, reports and probes are functions of it. */
export interface Facts {
  readonly process: ProcessFacts;
  /** What redis-server said last; undefined until it has answered, and again after it ended. */
  readonly redis: RedisFacts | undefined;
  /** What the RedisCluster said last; undefined until it could be read. */
  readonly cluster: ClusterFacts | undefined;
  readonly confirmed: Confirmation | undefined;
  readonly stored: StoredRecord;
  readonly foundOnVolume: boolean;
  readonly link: Link;
  /** When redis-server last wrote a line to its log: most changes announce themselves so. */
  readonly lastWordAt: Moment | undefined;
  /** Why the last decision left things as they are, or what it is about to do. */
  readonly because: string;
  readonly configError: string | undefined;
  readonly pendingRestart: readonly string[];
  /** We were asked to end, and are ending redis-server in order. */
  readonly stopping: boolean;
}

export interface ProcessFacts {
  readonly state: ProcessState;
  readonly pid: number | undefined;
  readonly exit: ProcessExit | undefined;
  readonly startedAt: Moment | undefined;
  /** When it last answered anything, `LOADING` included; undefined when it never did. */
  readonly answeredAt: Moment | undefined;
  /** The term in force at its start, from a live read made after it. */
  readonly bootTerm: number | undefined;
  /** The highest term in which it was proved in sync with that term's primary; 0 for none. */
  readonly syncedTerm: number;
  readonly engine: { readonly name: string; readonly version: string } | undefined;
}

/** What redis-server says of itself. Offsets are in bytes of the replication stream. */
export interface RedisFacts extends RedisRole {
  readonly linkUp: boolean;
  readonly syncInProgress: boolean;
  readonly replicationId: string;
  readonly offset: number;
  readonly connectedReplicas: number;
  readonly keys: number;
}

/** The tenure as the newest live read gave it. */
export interface Confirmation {
  /** Undefined when nobody was appointed. */
  readonly tenure: Tenure | undefined;
  readonly resourceVersion: string;
  /** When the question was sent: it may have been answered with what held at that moment. */
  readonly at: Moment;
}

/** What an instance reads in its RedisCluster, besides the settings of redis.conf. */
export interface ClusterFacts {
  readonly resourceVersion: string;
  readonly tenure: Tenure | undefined;
  readonly addresses: ReadonlyMap<string, string>;
  /** spec.instances. */
  readonly instances: number;
  /** Every pod that the status speaks of. */
  readonly pods: readonly string[];
  readonly minSyncReplicas: number;
}

export const notStarted: ProcessFacts = {
  state: 'starting',
  pid: undefined,
  exit: undefined,
  startedAt: undefined,
  answeredAt: undefined,
  bootTerm: undefined,
  syncedTerm: 0,
  engine: undefined,
};

/** What is known at boot, before anything has been read or started. */
export const atBoot = (stored: StoredRecord, foundOnVolume: boolean): Facts => ({
  process: notStarted,
  redis: undefined,
  cluster: undefined,
  confirmed: undefined,
  stored,
  foundOnVolume,
  link: noLink,
  lastWordAt: undefined,
  because: 'the RedisCluster has not been read yet',
  configError: undefined,
  pendingRestart: [],
  stopping: false,
});

export type FactsListener = (facts: Facts, before: Facts) => void;

/**
 * The one place where an instance's facts change. Listeners hear of each change at once and in order: a change that a
 * listener makes itself is told once all have heard of the one before.
 */
export interface FactsCell {
  readonly current: Facts;
  change(part: Partial<Facts>): void;
  /** Returns the function that ends it. */
  listen(listener: FactsListener): () => void;
}

export function createFactsCell(first: Facts): FactsCell {
  const listeners = new Set<FactsListener>();
  const untold: { readonly facts: Facts; readonly before: Facts }[] = [];
  let current = first;
  let telling = false;
  const tell = (): void => {
    for (let change = untold.shift(); change !== undefined; change = untold.shift()) {
      for (const listener of listeners) listener(change.facts, change.before);
    }
  };
  return {
    get current() {
      return current;
    },
    change: (part) => {
      const before = current;
      current = { ...before, ...part };
      untold.push({ facts: current, before });
      if (telling) return;
      telling = true;
      try {
        tell();
      } finally {
        telling = false;
      }
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
