/** What travels between the operator and an instance manager on the control port. JSON, over mTLS. */

/** GET: answers one InstanceReport. */
export const statusPath = '/v1/status';
/** GET: answers a stream of InstanceEvents, one JSON object a line, the first at once with kind `hello`. */
export const eventsPath = '/v1/events';

/**
 * What redis-server is doing, first-hand.
 * `starting` spawned, not yet answering; `loading` answers LOADING; `running` serves;
 * `exited` it ended without being asked; `stopped` we ended it.
 */
export type ProcessState = 'starting' | 'loading' | 'running' | 'exited' | 'stopped';

/** How redis-server ended: exactly one of the two is set. */
export interface ProcessExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** `fenced`: answers, but takes no writes and follows nobody, as after boot. */
export type InstanceRole = 'primary' | 'replica' | 'fenced' | 'none';

export interface UpstreamReport {
  /** The pod this instance was told to follow. */
  readonly pod: string;
  readonly address: string;
  readonly linkUp: boolean;
  readonly syncInProgress: boolean;
  /** Bytes behind the upstream at its last comparison; undefined before the first one. */
  readonly lagBytes: number | undefined;
  /**
   * Since this link came up, our offset has passed an offset that the upstream had after it came up.
   * `linkUp` alone proves nothing: with diskless sync a replica can be up and receive nothing.
   */
  readonly inSync: boolean;
}

/** One instance's first-hand facts. Offsets are in bytes of the replication stream. */
export interface InstanceReport {
  readonly pod: string;
  readonly podUID: string;
  readonly managerVersion: string;
  /** `redis` or `valkey` with its version, as redis-server says; undefined until it has answered once. */
  readonly engine: { readonly name: string; readonly version: string } | undefined;
  readonly process: {
    readonly state: ProcessState;
    readonly pid: number | undefined;
    readonly exit: ProcessExit | undefined;
  };
  readonly role: InstanceRole;
  /** The highest term obeyed, as persisted on the volume; 0 before the first. */
  readonly term: number;
  /**
   * The term that was in force when this redis-server process started. An appointment of this pod in that term or an
   * earlier one was made for a process that is no more: it is never obeyed, only a newer one is (a cluster of one excepted).
   */
  readonly bootTerm: number;
  /**
   * The highest term in which this redis-server process, as a replica, was proved in sync with that term's primary; 0 if
   * it never was. It outlives the link: what was streamed until the link broke is here.
   */
  readonly syncedTerm: number;
  /** Why no writes are taken although the tenure names this instance, in words; undefined while there is no fence. */
  readonly fence: string | undefined;
  readonly replicationId: string;
  readonly offset: number;
  readonly upstream: UpstreamReport | undefined;
  /** Names nobody: how many replicas stream from this instance. */
  readonly connectedReplicas: number;
  readonly data: {
    readonly keys: number;
    /** The volume held a data set, or a record of a term, when the manager booted. */
    readonly foundOnVolume: boolean;
    /** The role held in `term`, as persisted. */
    readonly lastRole: 'primary' | 'replica' | undefined;
  };
  /** What redis-server refused or what is wrong with the settings, in its own words. */
  readonly configError: string | undefined;
  /** Names of directives whose wanted value is not the running one: they wait for a restart. */
  readonly pendingRestart: readonly string[];
}

/** Pushed as soon as it happens: what happened, and the whole state after it. */
export interface InstanceEvent {
  readonly kind: 'hello' | 'exit' | 'released' | 'link' | 'role' | 'fence' | 'process';
  readonly report: InstanceReport;
}
