import { closedGate, nowhere } from '../../instance-manager/decide.ts';
import { atBoot, type ClusterFacts, type Facts, type RedisFacts } from '../../instance-manager/facts.ts';
import { nominated } from '../../instance-manager/nomination.ts';
import type { Identity } from '../../instance-manager/report.ts';
import type { TermRecord } from '../../instance-manager/tenure.ts';
import { moment } from '../../time/units.ts';
import type { Scope } from './scope.ts';
import { now, onFastClock, onSlowClock, silenceSeconds } from './time.ts';

/** Pods by number: 0, 1, 2, and `madeAnew` for the one that was made in the place of pod 0. */
export type Pod = number;
export const madeAnew: Pod = 3;

/** The tenure in the RedisCluster's status, with the version of the object. `target` is the pod of the UID. */
export interface Status {
  readonly version: number;
  readonly term: number;
  readonly target: Pod;
  /** Which redis-server process of that pod. */
  readonly run: string;
  readonly fenced: boolean;
  /** Which process may lead in which term, once the target has released its own. */
  readonly offer: { readonly term: number; readonly to: Pod; readonly run: string } | undefined;
  /** The highest term that was ever offered; 0 for none. */
  readonly offered: number;
}

/** One instance: its manager, its redis-server and its volume. Ages are in ticks. */
export interface Instance {
  /** `ended`: its manager is there, and its redis-server has ended; `gone`: neither is there. */
  readonly process: 'running' | 'ended' | 'gone';
  /** Tells its redis-server process from every other. */
  readonly run: string;
  /** The whole pod is stopped: it neither acts nor answers, and time goes on. */
  readonly frozen: boolean;
  /** What it knows of the RedisCluster. */
  readonly known: Status | undefined;
  readonly record: TermRecord;
  /** What its volume holds where that is not `record`. */
  readonly ahead: TermRecord | undefined;
  /** The term in which it may be appointed; 0 for none. */
  readonly nominated: number;
  readonly bootTerm: number | undefined;
  readonly syncedTerm: number;
  readonly promiseAsked: number;
  readonly promisedFor: number;
  /** It has released its term for that one. */
  readonly release: { readonly term: number; readonly to: Pod; readonly handover: number } | undefined;
  /** The highest offered term that it has promised not to release its own for; 0 for none. */
  readonly recalled: number;
  readonly proof: { readonly term: number; readonly age: number } | undefined;
  readonly follows: Pod | 'nowhere' | 'nobody';
  readonly gateOpen: boolean;
  /** How much of the stream it has: 0 nothing, 1 what was there before, 2 the write that is looked at too. */
  readonly data: 0 | 1 | 2;
  /** A live read whose answer is held up; `sameProcess`: begun after redis-server was started. */
  readonly reading:
    | { readonly status: Status; readonly age: number; readonly sameProcess: boolean }
    | undefined;
  /** Peers that answered to a question under way that they read nothing and promised nothing, as bits. */
  readonly unreachable: number | undefined;
}

export const nameOf = (pod: Pod): string => `shop-${pod % madeAnew}`;
export const uidOf = (pod: Pod): string => `uid-${pod}`;
export const addressOf = (pod: Pod): string => `10.0.0.${pod}`;

export const identityOf = (pod: Pod): Identity => ({
  clusterName: 'shop',
  podNamespace: 'orders',
  podName: nameOf(pod),
  podUID: uidOf(pod),
  podIP: addressOf(pod),
  managerVersion: 'model',
});

const port = 6379;
export const placeOf = (pod: Pod) => ({ pod: nameOf(pod), address: { host: addressOf(pod), port } });

/** The RedisCluster as an instance reads it. */
export function clusterFactsOf(
  { version, term, target, fenced, run }: Status,
  { instances, minSyncReplicas }: Scope,
): ClusterFacts {
  const pods = Array.from({ length: instances }, (_, ordinal) => nameOf(ordinal));
  const addresses = pods.map((name, ordinal) => [name, addressOf(ordinal)] as const);
  return {
    resourceVersion: String(version),
    tenure: { term, primary: nameOf(target), fenced, run },
    addresses: new Map([...addresses, [nameOf(target), addressOf(target)]]),
    instances,
    pods,
    minSyncReplicas,
    silenceSeconds,
    fencedPods: [],
  };
}

/** Everything the instance knows, as its own code holds it. */
export function factsOf(instance: Instance, scope: Scope): Facts {
  const { ahead, nominated: nominatedIn, release, recalled } = instance;
  const { process, run, known, record, proof, promiseAsked, promisedFor, bootTerm, syncedTerm } = instance;
  const promise = record.term > 0 && record.role === undefined;
  return {
    ...atBoot({ kind: 'record', record }, true, now),
    process: {
      ...processFacts,
      state: process === 'running' ? 'running' : 'exited',
      run,
      bootTerm,
      syncedTerm,
    },
    redis: process === 'running' ? redisFactsOf(instance, scope) : undefined,
    cluster: known === undefined ? undefined : clusterFactsOf(known, scope),
    proof:
      proof === undefined
        ? undefined
        : { kind: 'grant', term: proof.term, at: moment(now - onSlowClock(proof.age)) },
    promiseAsked: promiseAsked === 0 ? undefined : promiseAsked,
    ahead,
    release: release && {
      term: release.term,
      candidate: nameOf(release.to),
      handover: release.handover,
      followedAt: undefined,
    },
    recalled: recalled === 0 ? undefined : recalled,
    nomination: nominatedIn === 0 ? undefined : nominated(nominatedIn, now),
    promisedAt: promise ? moment(now - onFastClock(promisedFor)) : undefined,
  };
}

const processFacts = {
  pid: 1,
  exit: undefined,
  startedAt: now,
  answeredAt: now,
  engine: undefined,
} as const;

export function redisFactsOf(
  { follows, gateOpen, data, release }: Instance,
  { minSyncReplicas }: Scope,
): RedisFacts {
  const upstream = typeof follows === 'number' ? { host: addressOf(follows), port } : nowhere;
  return {
    follows: follows === 'nobody' ? undefined : upstream,
    writeGate: gateOpen ? minSyncReplicas : closedGate,
    listens: release === undefined,
    linkUp: true,
    syncInProgress: false,
    replicationId: 'history',
    offset: data,
    connectedReplicas: 0,
    keys: data === 0 ? 0 : 1,
    writesRefused: undefined,
  };
}

/** The instance after its facts have changed. Of the RedisCluster, `heard` is the version that they may hold now. */
export function withFacts(
  instance: Instance,
  { cluster, proof, promiseAsked, process, nomination }: Facts,
  heard?: Status,
): Instance {
  const { known } = instance;
  const isHeard = heard !== undefined && cluster?.resourceVersion === String(heard.version);
  const age = proof === undefined ? 0 : Math.round((now - proof.at) / onSlowClock(1));
  return {
    ...instance,
    known: isHeard ? heard : known,
    proof: proof === undefined ? undefined : { term: proof.term, age },
    promiseAsked: promiseAsked ?? 0,
    nominated: nomination?.term ?? 0,
    bootTerm: process.bootTerm,
  };
}
