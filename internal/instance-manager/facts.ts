import type { MemoryUse, ProcessExit, ProcessState, Streams, VolumeUse } from '../control/protocol.ts';
import type { Instant, Moment } from '../time/units.ts';
import type { Address, RedisRole } from './decide.ts';
import type { Aside, Divergent, Fork } from './divergence.ts';
import { type FinalWords, noWords } from './final-words.ts';
import type { Proof } from './lease.ts';
import { type Link, noLink } from './link.ts';
import type { Nomination } from './nomination.ts';
import { recordOf, type StoredRecord } from './record.ts';
import type { SyncRefusal } from './sync-refusal.ts';
import { isPromise, type RecordedGrant, type Tenure, type TermRecord } from './tenure.ts';
import { tellTheSame } from './told.ts';

/** Everything an instance knows, first-hand. One immutable value; decisions, reports and probes are functions of it. */
export interface Facts {
  readonly process: ProcessFacts;
  /** What redis-server said last; undefined until it has answered, and again after it ended. */
  readonly redis: RedisFacts | undefined;
  /** What the RedisCluster said last; undefined until it could be read. */
  readonly cluster: ClusterFacts | undefined;
  readonly confirmed: Confirmation | undefined;
  /** The latest proof that nobody else may write in the tenure as it is known; undefined when that has changed since. */
  readonly proof: Proof | undefined;
  /** The highest term that the operator asked us to promise. */
  readonly promiseAsked: number | undefined;
  /** Since when the promise on the volume is known to lie there; undefined while it holds none. */
  readonly promisedAt: Moment | undefined;
  /** The primary's release, once it hands over; it is in force as long as its term is. */
  readonly release: Release | undefined;
  /** The highest offered term that it has promised not to release its own for; undefined before the first. */
  readonly recalled: number | undefined;
  /** It is about to release its term, and may take that back. */
  readonly handingOver: boolean;
  readonly stored: StoredRecord;
  /** What the volume holds where that is not the record that is obeyed, see nomination.ts. Undefined where it is. */
  readonly ahead: TermRecord | undefined;
  readonly nomination: Nomination | undefined;
  /** When its term was written; undefined while it is one from before this manager's life. */
  readonly adoptedAt: Moment | undefined;
  readonly foundOnVolume: boolean;
  readonly link: Link;
  readonly heard: Heard | undefined;
  /** What it was sent to follow another instance could not be loaded lately; undefined while it could. */
  readonly syncRefusal: SyncRefusal | undefined;
  /** The last offset known of the redis-server that ended; undefined when none has ended, or told it. */
  readonly lastOffset: number | undefined;
  /** What the redis-server that ended last said of its end. */
  readonly finalWords: FinalWords;
  /** Whom the redis-server that ended last streamed to until then; undefined when that is not sure. */
  readonly lastStreams: Streams | undefined;
  /** When redis-server was last asked what it is, and answered. */
  readonly lookedAt: Moment | undefined;
  /** How far it has come that data which nobody else has is saved before it is replaced. */
  readonly aside: Aside;
  /** What became of such data last; undefined when there was none in this manager's life. */
  readonly divergent: Divergent | undefined;
  /** The user has fenced this instance: redis-server is stopped, or being stopped, and not started. */
  readonly fencedByUser: boolean;
  /** When redis-server last wrote a line to its log: most changes announce themselves so. */
  readonly lastWordAt: Moment | undefined;
  /** Why the last decision left things as they are, or what it is about to do. */
  readonly because: string;
  /** How full the volume was when it was last measured; undefined before. */
  readonly volume: VolumeUse | undefined;
  /** What its container held in memory when that was last looked at, in bytes; undefined where the kernel does not say. */
  readonly memoryHeld: number | undefined;
  /** What maxmemory was last brought to, and what it waits for. */
  readonly maxMemory: MaxMemory;
  /** What is wrong with the spec; undefined while it can be used. */
  readonly configError: string | undefined;
  /** Why Redis does not take what the spec says, in its own words; undefined while it does. */
  readonly settingsRefused: string | undefined;
  /** When changed settings were last set in a running redis-server. */
  readonly settingsSetAt: Instant | undefined;
  readonly pendingRestart: readonly string[];
  /** The generation of the RedisCluster that the running redis-server was last compared with; 0 before it was. */
  readonly settingsGeneration: number;
  /** When redis-server was last given another password than before; undefined when it was not in this manager's life. */
  readonly passwordTakenAt: Instant | undefined;
  /**
   * redis-server was started from its RDB, and has yet to write its append-only file anew: what it took on meanwhile
   * would end with its process.
   */
  readonly aofAwaited: boolean;
  /** redis-server was told to take writes, and has not answered since: it may do so whenever it goes on. */
  readonly opening: boolean;
  /** We were asked to end, and wait to be relieved as primary first. */
  readonly leaving: boolean;
  /** We were asked to end, and are ending redis-server in order. */
  readonly stopping: boolean;
}

export type MaxMemory = Pick<MemoryUse, 'setForBytes' | 'maxMemoryWaitsFor'>;

/** A primary of `term` takes no writes in it any more: `candidate` may, in the term `handover`; see docs/switchover.md. */
export interface Release {
  readonly term: number;
  readonly candidate: string;
  readonly handover: number;
  /** When it first followed another after that: what it has since may be its own again. Undefined while it has not. */
  readonly followedAt: Moment | undefined;
}

/** When the instance we follow was last heard: no earlier than `at` it answered, or its stream advanced. */
export interface Heard {
  readonly address: Address;
  readonly at: Moment;
}

export interface ProcessFacts {
  readonly state: ProcessState;
  readonly pid: number | undefined;
  readonly exit: ProcessExit | undefined;
  /** Tells this process from every other there has ever been; undefined before the first was started. */
  readonly run: string | undefined;
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
  /** Its port is open. */
  readonly listens: boolean;
  readonly linkUp: boolean;
  readonly syncInProgress: boolean;
  readonly replicationId: string;
  readonly offset: number;
  /** The history that it was before it was last promoted, or before it took over its primary's. */
  readonly forkedFrom?: Fork | undefined;
  readonly connectedReplicas: number;
  /** Of a primary; undefined where nothing bounds them. */
  readonly streams?: Streams | undefined;
  readonly keys: number;
  /** Why its disk refuses writes, in Redis's words; undefined while it does not. */
  readonly writesRefused: string | undefined;
  /** Its append-only file could not be written anew when that was last tried. */
  readonly rewriteFailed?: boolean;
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
  /** What was granted with the appointment; undefined where nothing was. */
  readonly grant?: RecordedGrant | undefined;
  /** Somebody was appointed, and nobody can tell who, or in which term. Undefined is false. */
  readonly tenureUnreadable?: boolean | undefined;
  readonly addresses: ReadonlyMap<string, string>;
  /** spec.instances. */
  readonly instances: number;
  /** Every pod that the status speaks of. */
  readonly pods: readonly string[];
  readonly minSyncReplicas: number;
  /** spec.failover.silenceSeconds. */
  readonly silenceSeconds: number;
  /** The pods that the user has fenced, `*` for all; `unreadable` when the annotation cannot be read. */
  readonly fencedPods: readonly string[] | 'unreadable';
}

export const notStarted: ProcessFacts = {
  state: 'starting',
  pid: undefined,
  exit: undefined,
  run: undefined,
  startedAt: undefined,
  answeredAt: undefined,
  bootTerm: undefined,
  syncedTerm: 0,
  engine: undefined,
};

/** What is known at boot, before anything has been read or started. */
export const atBoot = (stored: StoredRecord, foundOnVolume: boolean, at: Moment): Facts => ({
  process: notStarted,
  redis: undefined,
  cluster: undefined,
  confirmed: undefined,
  proof: undefined,
  promiseAsked: undefined,
  promisedAt: isPromise(recordOf(stored)) ? at : undefined,
  release: undefined,
  recalled: undefined,
  handingOver: false,
  stored,
  ahead: undefined,
  nomination: undefined,
  adoptedAt: undefined,
  foundOnVolume,
  link: noLink,
  heard: undefined,
  syncRefusal: undefined,
  lastOffset: undefined,
  finalWords: noWords,
  lastStreams: undefined,
  lookedAt: undefined,
  aside: { kind: 'none' },
  divergent: undefined,
  fencedByUser: false,
  lastWordAt: undefined,
  because: 'the RedisCluster has not been read yet',
  volume: undefined,
  memoryHeld: undefined,
  maxMemory: {},
  configError: undefined,
  settingsRefused: undefined,
  settingsSetAt: undefined,
  pendingRestart: [],
  settingsGeneration: 0,
  passwordTakenAt: undefined,
  aofAwaited: false,
  opening: false,
  leaving: false,
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
  /**
   * As `listen`, for whom figures alone are no news (told.ts): so it is not woken by each look and each grant, and these are
   * all that happens to an idle instance.
   */
  listenToNews(listener: FactsListener): () => void;
}

export function createFactsCell(first: Facts): FactsCell {
  const listeners = new Map<FactsListener, 'everything' | 'news'>();
  const untold: { readonly facts: Facts; readonly before: Facts }[] = [];
  let current = first;
  let telling = false;
  const tell = (): void => {
    for (let change = untold.shift(); change !== undefined; change = untold.shift()) {
      const news = !tellTheSame(change.before, change.facts);
      for (const [listener, hears] of listeners)
        if (news || hears === 'everything') listener(change.facts, change.before);
    }
  };
  const add = (listener: FactsListener, hears: 'everything' | 'news'): (() => void) => {
    listeners.set(listener, hears);
    return () => listeners.delete(listener);
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
    listen: (listener) => add(listener, 'everything'),
    listenToNews: (listener) => add(listener, 'news'),
  };
}
