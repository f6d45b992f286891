import type { PeerAnswer, ProcessExit } from '../control/protocol.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import type { Duration } from '../time/units.ts';
import type { Address } from './decide.ts';
import type { History } from './divergence.ts';
import type { ClusterFacts, RedisFacts } from './facts.ts';
import type { StoredRecord } from './record.ts';
import type { Identity } from './report.ts';
import type { TermRecord } from './tenure.ts';

/** Everything an instance manager touches. The simulated world implements the same. */
export interface Ports {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly log: Logger;
  readonly redis: RedisServer;
  readonly processes: RedisProcesses;
  readonly records: RecordStore;
  readonly cluster: ClusterSource;
  readonly upstream: Upstream;
  readonly peers: Peers;
  readonly aside: KeepsAside;
  /** Undefined where a start never goes on where the last one ended. */
  readonly continuity?: Continuity;
}

/** One look at redis-server. While it loads a data set it answers this and CONFIG, and refuses everything else. */
export interface Sighting {
  readonly loading: boolean;
  readonly redis: RedisFacts;
}

/**
 * `AS CONFIGURED` saves what the settings say is kept, and may be refused; `SAVING` writes an RDB as well, which alone
 * holds the replication history; `FORCED` ends it whatever it is writing: what is in memory only, and on no replica, is
 * lost.
 */
export type ShutdownMode = 'AS CONFIGURED' | 'SAVING' | 'FORCED';

/** The files of a redis-server that is to go on where it ended, without copying its primary's whole data set. */
export interface Continuity {
  /** How long writing an RDB may take; undefined where it gains nothing. */
  savingTakes(signal: AbortSignal): Promise<Duration | undefined>;
  /** To be asked before the end of a redis-server; the answer says, after it, that it has written its RDB last of all. */
  ending(): () => Promise<void>;
}

/** Our own redis-server. Every call rejects with a RedisError when it does not answer in time or refuses. */
export interface RedisServer {
  look(signal: AbortSignal): Promise<Sighting>;
  engine(signal: AbortSignal): Promise<{ readonly name: string; readonly version: string }>;
  /** Where its replication stream stands now: a part of a look, for when every millisecond counts. */
  offset(signal: AbortSignal): Promise<number>;
  /** REPLICAOF; pointed at `nowhere` it follows nobody and keeps its history. */
  follow(address: Address, signal: AbortSignal): Promise<void>;
  /** REPLICAOF NO ONE. */
  promote(signal: AbortSignal): Promise<void>;
  /** Sets min-replicas-to-write; `closedGate` lets no write through. */
  setWriteGate(minReplicas: number, signal: AbortSignal): Promise<void>;
  /** Ends all clients' connections but our own and the replicas'. */
  disconnectClients(signal: AbortSignal): Promise<void>;
  /** CLIENT PAUSE: clients that write wait, for `limit` at most. */
  pauseWrites(limit: Duration, signal: AbortSignal): Promise<void>;
  /** CLIENT UNPAUSE. */
  resumeWrites(signal: AbortSignal): Promise<void>;
  /**
   * At one stroke: sends replicas no PING any more, closes the gate, closes the port, ends all clients' connections but our
   * own and the replicas', and ends the pause. Whoever waited for an answer is disconnected; nobody is told an error. A PING
   * is a part of the stream: one that the successor does not get would cost everybody else the whole data set.
   */
  release(signal: AbortSignal): Promise<void>;
  /** Opens the port again, and sends PINGs as before. */
  listen(signal: AbortSignal): Promise<void>;
  /** Asks it to end in order. Rejects when it refuses, for instance because it cannot save. */
  shutdown(mode: ShutdownMode, signal: AbortSignal): Promise<void>;
}

export interface RunningProcess {
  readonly pid: number;
  /** Tells it from every other process that was ever started, anywhere. */
  readonly run: string;
  /** Resolves as soon as it has ended; its last words may still be on their way. */
  readonly exited: Promise<ProcessExit>;
  /** Resolves once all that was written has been handed on: after the end of every process that it started. */
  readonly silent: Promise<void>;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** What a manager leaves of a process's output to the one after it: where to read on, and what it has read of a line. */
export interface LeftOutput {
  readonly fd: number;
  /** In base64: a character may have come in part. */
  readonly begun: string;
}

/** A process that the program before us has started, with our pid: it is our child, and Node knows nothing of it. */
export interface LeftProcess {
  readonly pid: number;
  readonly run: string;
  readonly outputs: readonly LeftOutput[];
}

/** Starts redis-server on the settings of the moment. Rejects when there is no server to start, or `signal` aborts before. */
export interface RedisProcesses {
  start(onLine: (line: string) => void, signal: AbortSignal): Promise<RunningProcess>;
  /** The one that the manager before this one has left running; once, and undefined when there is none. */
  takeOver?(onLine: (line: string) => void): RunningProcess | undefined;
  /** Ends the one with this pid at once, whatever it is doing; one that has ended already is no error. */
  kill(pid: number): void;
}

/** The record of the highest term obeyed, on the instance's volume. */
export interface RecordStore {
  read(): Promise<StoredRecord>;
  /** Resolves once the record is on the disk: it holds across a loss of power. */
  write(record: TermRecord): Promise<void>;
}

/** Our own RedisCluster. */
export interface ClusterSource {
  /** A live read, past every cache; undefined when there is no such object. Rejects with a KubeError. */
  read(signal: AbortSignal): Promise<ClusterFacts | undefined>;
  /** Calls `onChange` with what is there, and with each change, until `signal` aborts. What it gives may be a moment old. */
  watch(onChange: (facts: ClusterFacts) => void, signal: AbortSignal): void;
}

/** The other instances of the cluster, at their pods' addresses. */
export interface Peers {
  /** What the instance at this address says about the tenure; rejects when it does not before `signal` aborts. */
  ask(address: string, signal: AbortSignal): Promise<PeerAnswer>;
}

/** The redis-server we follow, asked over the network. */
export interface Upstream {
  /** Rejects with a RedisError when it does not answer before `signal` aborts. */
  ask(address: Address, signal: AbortSignal): Promise<UpstreamAnswer>;
}

/** What another redis-server says of itself. */
export interface UpstreamAnswer extends History {
  readonly primary: boolean;
}

export type Kept =
  | { readonly kind: 'kept'; readonly file: string; readonly bytes: number }
  /** Nothing was written: the volume would be too full. */
  | { readonly kind: 'noRoom'; readonly because: string };

/** Where data is put that is about to be replaced. */
export interface KeepsAside {
  /** Saves the data set as it is under this name, whole or not at all. Rejects when that fails, or `signal` aborts. */
  keep(name: string, signal: AbortSignal): Promise<Kept>;
}
