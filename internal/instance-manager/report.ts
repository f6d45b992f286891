import type { Figures } from '../control/grants.ts';
import type {
  InstanceEvent,
  InstanceReport,
  InstanceRole,
  SocketBytes,
  UpstreamReport,
} from '../control/protocol.ts';
import { between, type Moment } from '../time/units.ts';
import { followsSomebody, isAt, isWritable } from './decide.ts';
import type { Facts } from './facts.ts';
import { recordOf } from './record.ts';
import { isPromise } from './tenure.ts';
import { isAlone, leaseLeft, releaseInForce } from './view.ts';

/** Who this instance is; it stays the same for the life of its pod. */
export interface Identity {
  readonly clusterName: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUID: string;
  readonly podIP: string;
  readonly managerVersion: string;
  /** Undefined where the kernel does not tell. */
  readonly socketBytes?: SocketBytes | undefined;
}

/** The facts, as the operator is told them. */
export function reportOf(identity: Identity, facts: Facts, now: Moment): InstanceReport {
  const { process, redis } = facts;
  const { term, role: lastRole, saved } = recordOf(facts.stored);
  return {
    ...figuresOf(identity.podName, facts, now),
    pod: identity.podName,
    podUID: identity.podUID,
    managerVersion: identity.managerVersion,
    grantLines: true,
    engine: process.engine,
    process: { state: process.state, pid: process.pid, exit: process.exit, run: process.run },
    role: roleOf(facts),
    term,
    promise: promiseOf(facts, now),
    alone: isAlone(identity.podName, facts.cluster) ? true : undefined,
    fencedByUser: facts.fencedByUser,
    syncRefused: facts.syncRefusal?.words,
    writesRefused: redis?.writesRefused ?? whyNotKept(facts),
    bootTerm: process.bootTerm ?? highestTermSeen(facts),
    syncedTerm: process.syncedTerm,
    released: releaseOf(facts),
    leaving: facts.leaving ? true : undefined,
    closed: redis?.listens === false ? true : undefined,
    fence: fenceOf(identity.podName, facts),
    replicationId: redis?.replicationId ?? '',
    lastOffset: facts.lastOffset,
    finalOffset: facts.finalWords.offset,
    handedOverTo: facts.finalWords.handedOverTo,
    lastStreams: facts.lastStreams,
    socketBytes: identity.socketBytes,
    upstream: upstreamOf(facts, now),
    connectedReplicas: redis?.connectedReplicas ?? 0,
    data: { keys: redis?.keys ?? 0, foundOnVolume: facts.foundOnVolume, lastRole, saved },
    volume: facts.volume,
    memory: { heldBytes: facts.memoryHeld, ...facts.maxMemory },
    divergent: facts.divergent,
    configError: facts.configError ?? facts.settingsRefused,
    settingsSetAt: facts.settingsSetAt,
    pendingRestart: facts.pendingRestart,
    settingsGeneration: facts.settingsGeneration,
    passwordTakenAt: facts.passwordTakenAt,
  };
}

export const figuresOf = (self: string, facts: Facts, now: Moment): Figures => ({
  clock: now,
  answeredMsAgo: facts.process.answeredAt === undefined ? undefined : between(facts.process.answeredAt, now),
  leaseLeftMs: leaseLeftOf(self, facts, now),
  offset: facts.redis?.offset ?? 0,
});

/** It would take no writes: what it needs for that cannot be written. Another one makes the better primary. */
const whyNotKept = ({ aofAwaited, redis }: Facts): string | undefined =>
  aofAwaited && redis?.rewriteFailed === true ? 'aof_last_bgrewrite_status:err' : undefined;

export function roleOf(facts: Facts): InstanceRole {
  const { redis, process } = facts;
  if (redis === undefined || process.state === 'exited' || process.state === 'stopped') return 'none';
  if (isWritable(redis)) return 'primary';
  return followsSomebody(redis) ? 'replica' : 'fenced';
}

/** Until a live read has told, the term at the start was at least this one. */
function highestTermSeen(facts: Facts): number {
  return Math.max(recordOf(facts.stored).term, facts.cluster?.tenure?.term ?? 0);
}

function fenceOf(pod: string, facts: Facts): string | undefined {
  if (facts.cluster?.tenure?.primary !== pod || roleOf(facts) === 'primary') return undefined;
  return facts.because;
}

function releaseOf(facts: Facts): InstanceReport['released'] {
  const release = releaseInForce(facts);
  // While it hands over it may still take the release back, and nobody may act on it.
  if (release === undefined || facts.handingOver || roleOf(facts) !== 'fenced') return undefined;
  return { candidate: release.candidate, handover: release.handover };
}

function promiseOf({ stored, promisedAt }: Facts, now: Moment): InstanceReport['promise'] {
  const record = recordOf(stored);
  if (!isPromise(record)) return undefined;
  return { term: record.term, forMs: promisedAt === undefined ? 0 : between(promisedAt, now) };
}

function leaseLeftOf(self: string, facts: Facts, now: Moment): number | undefined {
  if (roleOf(facts) !== 'primary' || isAlone(self, facts.cluster)) return undefined;
  return Math.max(0, leaseLeft(facts, now) ?? 0);
}

function upstreamOf(facts: Facts, now: Moment): UpstreamReport | undefined {
  const { redis, cluster, link, heard } = facts;
  if (redis?.follows === undefined || !followsSomebody(redis)) return undefined;
  const { host } = redis.follows;
  const pod = [...(cluster?.addresses ?? [])].find(([, address]) => address === host)?.[0];
  const up = link.kind === 'up' ? link : undefined;
  return {
    pod: pod ?? '',
    address: host,
    linkUp: redis.linkUp,
    syncInProgress: redis.syncInProgress,
    lagBytes: up?.lagBytes,
    inSync: redis.linkUp && (up?.inSync ?? false),
    heardMsAgo:
      isAt(heard?.address, redis.follows) && heard !== undefined ? between(heard.at, now) : undefined,
  };
}

type EventKind = InstanceEvent['kind'];

/** The most telling of what a subscriber must hear at once when the facts have changed so; undefined when it need hear nothing. */
export function eventBetween(before: InstanceReport, after: InstanceReport): EventKind | undefined {
  if (before.process.state !== after.process.state)
    return after.process.state === 'exited' ? 'exit' : 'process';
  if (before.role === 'primary' && after.role !== 'primary' && after.role !== 'none') return 'released';
  if (before.role !== after.role || before.term !== after.term || before.alone !== after.alone) return 'role';
  if (before.fence !== after.fence) return 'fence';
  if (before.divergent?.message !== after.divergent?.message) return 'divergent';
  if (before.leaving !== after.leaving) return 'leaving';
  return linkText(before) === linkText(after) ? undefined : 'link';
}

const linkText = ({ upstream }: InstanceReport): string =>
  upstream === undefined ? 'none' : `${upstream.address} ${upstream.linkUp} ${upstream.inSync}`;
