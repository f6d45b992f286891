/** What travels between the operator and an instance manager on the control port. JSON, over mTLS. */

/** GET: answers one InstanceReport. */
export const statusPath = '/v1/status';
/** GET: answers a stream of InstanceEvents, one JSON object a line, the first at once with kind `hello`. */
export const eventsPath = '/v1/events';
/** GET, for peers: answers one PeerAnswer, after a live read of the RedisCluster. */
export const tenurePath = '/v1/tenure';
/** POST a command: answers the InstanceReport after it, or 409 when term or pod UID is not the instance's own. */
export const commandPaths = {
  lease: '/v1/lease',
  prepare: '/v1/prepare',
  nominate: '/v1/nominate',
  promote: '/v1/promote',
  follow: '/v1/follow',
  fence: '/v1/fence',
  switchover: '/v1/switchover',
  recall: '/v1/recall',
  upgrade: '/v1/upgrade',
} as const;

/** What every command carries. `term` is the term it was decided in; for `prepare` and `nominate` the one that comes next. */
export interface Command {
  readonly term: number;
  readonly podUID: string;
}

/** Lets the primary of `term` write until `asOf` + lease; `asOf` is the `clock` of a report that it gave (milliseconds). */
export interface LeaseCommand extends Command {
  readonly asOf: number;
}

/** The version of the RedisCluster that was just recorded, and the process that its tenure names, if it names one. */
interface Recorded {
  readonly resourceVersion: string;
  readonly run?: string | undefined;
}

/** The tenure that was just recorded names this pod, unfenced: as good as a live read, and the first proof of its lease. */
export interface PromoteCommand extends LeaseCommand, Recorded {
  /** How many instances there are, or are to be: what it knows of them may be older than its appointment. */
  readonly instances?: number | undefined;
}

/** The tenure that was just recorded names `primary`, which listens at `address`. */
export interface FollowCommand extends Command, Recorded {
  readonly primary: string;
  readonly address: string;
}

/** The tenure that was just recorded is fenced. */
export interface FenceCommand extends Command, Recorded {}

/**
 * The primary of `term` is to hand over to `candidate`, which listens at `address`: once the candidate has all of its writes it
 * takes no more in its term. That the candidate may then take them, in the term `handover`, was recorded before.
 */
export interface SwitchoverCommand extends Command {
  readonly candidate: string;
  readonly address: string;
  readonly handover: number;
}

/** The primary of `term` is to promise that it will not release it for the term `handover`, nor for any offered before. */
export interface RecallCommand extends Command {
  readonly handover: number;
}

/** Whom a primary streams to, by address, and how much of its stream it may keep back from any of them. */
export interface Streams {
  readonly to: readonly string[];
  /** In bytes: whoever lags further is disconnected, and redis-server says so in its log before it answers anybody. */
  readonly keptBackAtMost: number;
}

/** The most that one TCP socket of a pod holds in each direction, in bytes. */
export interface SocketBytes {
  readonly send: number;
  readonly receive: number;
}

/**
 * The manager is to be replaced in place by another binary, which says that it is of `version`. After the command come a
 * line feed and the binary: so many bytes, with this SHA-256 in hexadecimal. redis-server does not notice.
 */
export interface UpgradeCommand extends Command {
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** A limit for what is written beside the running binary: several times what ours has. */
export const largestBinary = 512 * 1024 * 1024;

export interface PeerMembers {
  /** spec.instances. */
  readonly instances: number;
  /** Every pod that the status speaks of. */
  readonly pods: readonly string[];
}

/** What a peer says when a primary asks whether it may go on; see docs/failover.md, proofs 3 and 4. */
export interface PeerAnswer {
  readonly pod: string;
  /** The highest term on its volume: obeyed, or promised. */
  readonly term: number;
  /** Who there is as far as it knows, read now or earlier: the asking primary may have missed it. */
  readonly members?: PeerMembers | undefined;
  /** `read` a live read made after the question came; `unreachable` the API server did not answer it in time. */
  readonly reading:
    | {
        readonly kind: 'read';
        readonly resourceVersion: string;
        /** Null when nobody is appointed. */
        readonly tenure: {
          readonly term: number;
          readonly primary: string;
          readonly fenced: boolean;
          readonly run?: string | undefined;
        } | null;
      }
    | { readonly kind: 'unreachable' };
}

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
  /**
   * How long ago the upstream was last heard: its stream advanced, or it answered a question of ours. Milliseconds;
   * undefined when it never was. This is what makes a replica a witness.
   */
  readonly heardMsAgo: number | undefined;
}

/** Of a file system, in bytes; `usedBytes` counts what only root may still write as used. */
export interface VolumeUse {
  readonly totalBytes: number;
  readonly usedBytes: number;
}

/** What the memory of an instance goes by. */
export interface MemoryUse {
  /** In bytes: what its container holds and the kernel cannot take back; absent where the kernel does not say. */
  readonly heldBytes?: number | undefined;
  /** The limits.memory, in bytes, of the spec that maxmemory was last set for; absent before, and where there is none. */
  readonly setForBytes?: number | undefined;
  /**
   * maxmemory is not yet what the spec makes it. `room`: its container has to grow first; `data`: redis-server holds more, and
   * could only refuse all writes.
   */
  readonly maxMemoryWaitsFor?: 'room' | 'data' | undefined;
}

/** One instance's first-hand facts. Offsets are in bytes of the replication stream. */
export interface InstanceReport {
  readonly pod: string;
  readonly podUID: string;
  readonly managerVersion: string;
  /** This instance's own monotonic clock when the report was made, in milliseconds: what a grant of the lease echoes. */
  readonly clock: number;
  /** `redis` or `valkey` with its version, as redis-server says; undefined until it has answered once. */
  readonly engine: { readonly name: string; readonly version: string } | undefined;
  readonly process: {
    readonly state: ProcessState;
    readonly pid: number | undefined;
    readonly exit: ProcessExit | undefined;
    /** Tells this process of redis-server from every other there has ever been; undefined before the first one. */
    readonly run?: string | undefined;
  };
  /** It takes grants as lines, see grants.ts; absent where its manager is too old for that. */
  readonly grantLines?: boolean | undefined;
  /** How long ago redis-server last answered its manager, in milliseconds; absent before its first answer. */
  readonly answeredMsAgo?: number | undefined;
  readonly role: InstanceRole;
  /** The highest term obeyed, as persisted on the volume; 0 before the first. */
  readonly term: number;
  /**
   * A promise to obey no term below `promise.term`, given by `prepare`: it follows nobody, and holds no role in that term.
   * `forMs`: since when, on its own clock. Undefined while there is none, and once a tenure of that term is obeyed.
   */
  readonly promise: { readonly term: number; readonly forMs: number } | undefined;
  /** How much longer it may take writes without another proof, in milliseconds; undefined for all but a primary with a lease. */
  readonly leaseLeftMs: number | undefined;
  /** As far as it knows there is no other instance: as primary it would need no lease. Undefined is false. */
  readonly alone?: boolean | undefined;
  /** The user fenced it (redis.io/fencedInstances): its Redis is stopped, or about to be. */
  readonly fencedByUser: boolean;
  /** Why it cannot take over the data of the one it is to follow, in Redis's words; absent while it can. */
  readonly syncRefused?: string | undefined;
  /** Why its disk refuses writes, in Redis's words; undefined while it does not. */
  readonly writesRefused: string | undefined;
  /**
   * The term that was in force when this redis-server process started. Where the tenure does not name a process, an
   * appointment of this pod in that term or an earlier one was made for one that is no more: it is never obeyed, only a
   * newer one is (a cluster of one excepted).
   */
  readonly bootTerm: number;
  /**
   * The highest term in which this redis-server process, as a replica, was proved in sync with that term's primary; 0 if
   * it never was. It outlives the link: what was streamed until the link broke is here.
   */
  readonly syncedTerm: number;
  /** It has handed over, and takes no writes in its term any more: `candidate` may, in the term `handover`. Undefined before. */
  readonly released?: { readonly candidate: string; readonly handover: number } | undefined;
  /** It is told to stop, and waits to be relieved first. */
  readonly leaving?: boolean | undefined;
  /** Its port is closed for a moment, since it has handed over: what the kubelet knows of its readiness may be older. */
  readonly closed?: boolean | undefined;
  /** Why no writes are taken although the tenure names this instance, in words; undefined while there is no fence. */
  readonly fence: string | undefined;
  readonly replicationId: string;
  readonly offset: number;
  /** The last offset known of the redis-server that ended last; undefined when none has ended, or told it. */
  readonly lastOffset?: number | undefined;
  /** The offset at which the stream of the redis-server that ended last came to its end; undefined when it did not say. */
  readonly finalOffset?: number | undefined;
  /** The redis-server that ended last did so in order, and all its replicas, so many, had all that it had; or undefined. */
  readonly handedOverTo?: number | undefined;
  /** Whom the redis-server that ended last streamed to until its end; undefined when that is not sure. */
  readonly lastStreams?: Streams | undefined;
  readonly socketBytes?: SocketBytes | undefined;
  readonly upstream: UpstreamReport | undefined;
  /** Names nobody: how many replicas stream from this instance. */
  readonly connectedReplicas: number;
  readonly data: {
    readonly keys: number;
    /** The volume held a data set, or a record of a term, when the manager booted. */
    readonly foundOnVolume: boolean;
    /** The role held in `term`, as persisted. */
    readonly lastRole: 'primary' | 'replica' | undefined;
    /** The term whose primary saved this data set at its end in order. Absent where that is not sure, and since it has had a role. */
    readonly saved?: number | undefined;
  };
  /** What became of data that this instance alone had, the last time; undefined when there was none in its manager's life. */
  readonly divergent?: { readonly kept: boolean; readonly message: string } | undefined;
  /** How full the volume's file system is; absent when it could not be told. */
  readonly volume?: VolumeUse | undefined;
  /** Absent in what an older manager says. */
  readonly memory?: MemoryUse | undefined;
  /** What redis-server refused or what is wrong with the settings, in its own words. */
  readonly configError: string | undefined;
  /** When changed settings were last set in the running redis-server, in epoch milliseconds; undefined when never. */
  readonly settingsSetAt?: number | undefined;
  /** When redis-server was last given another password than before, likewise. */
  readonly passwordTakenAt?: number | undefined;
  /** Names of directives whose wanted value is not the running one: they wait for a restart. */
  readonly pendingRestart: readonly string[];
  /** The generation of the RedisCluster that the running redis-server was last compared with: 0 for none yet; absent in what an older manager says. */
  readonly settingsGeneration?: number | undefined;
}

/** Pushed as soon as it happens: what happened, and the whole state after it. */
export interface InstanceEvent {
  readonly kind:
    | 'hello'
    | 'exit'
    | 'released'
    | 'link'
    | 'role'
    | 'fence'
    | 'process'
    | 'divergent'
    | 'leaving';
  readonly report: InstanceReport;
}
