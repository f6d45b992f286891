/** What is explored: the cluster, which faults may happen and how many, and where the counting ends. */
export interface Scope {
  readonly instances: 2 | 3;
  /**
   * `settled`: pod 0 is primary, and the others follow it. `outlived`, of two: pod 0 was deleted by force and goes on where
   * the operator does not see it; pod 1 is primary since, and another pod of the name of pod 0 follows.
   * `succeeded`, of two: pod 0 has handed over to pod 1, which leads, and that is yet to be recorded.
   * `emptied`, of two: WAIT 1 has confirmed the write, and pod 1 was restarted empty and has received nothing since.
   */
  readonly begins: 'settled' | 'outlived' | 'succeeded' | 'emptied';
  readonly minSyncReplicas: 0 | 1;
  /** `none`: a redis-server that ended starts empty; `aof`: with all that it had. */
  readonly persistence: 'aof' | 'none';
  /** How many faults of these kinds may happen, all together. What heals, thaws or starts again costs nothing. */
  readonly faults: number;
  readonly kinds: readonly FaultKind[];
  /** A hand-over may be asked for, and recalled, at any time. */
  readonly handsOver?: true;
  /** States beyond these terms, and beyond so many versions of the RedisCluster, are not looked at. */
  readonly terms: number;
  readonly versions: number;
}

/** One thing that goes wrong. What is meant by each is said where it happens, in faults.ts. */
export type FaultKind =
  | 'redis crashes'
  | 'pod crashes'
  | 'pod is made anew'
  | 'freeze'
  | 'API cut from one'
  | 'API cut from all'
  | 'operator cut from one'
  | 'peers cut'
  | 'held up'
  | 'watch stalls'
  | 'new leader';

const settledKinds: readonly FaultKind[] = [
  'redis crashes',
  'pod crashes',
  'freeze',
  'API cut from one',
  'API cut from all',
  'operator cut from one',
  'peers cut',
  'held up',
  'watch stalls',
  'new leader',
];

/** All that one fault can do to a cluster of two: some ten thousand states. */
export const oneFaultOfTwo: Scope = {
  instances: 2,
  begins: 'settled',
  minSyncReplicas: 1,
  persistence: 'aof',
  faults: 1,
  kinds: settledKinds,
  terms: 3,
  versions: 4,
};

/** Two faults in a cluster of three: many million states, of which the nearest are met. */
export const twoFaultsOfThree: Scope = { ...oneFaultOfTwo, instances: 3, faults: 2, versions: 5 };

/** A pod that goes on although its object was deleted, while its successor in name is appointed. */
export const outlived: Scope = {
  ...oneFaultOfTwo,
  begins: 'outlived',
  minSyncReplicas: 0,
  kinds: ['redis crashes'],
  versions: 5,
};

/** Hand-overs, and two things that go wrong meanwhile. */
export const handingOver: Scope = {
  ...oneFaultOfTwo,
  minSyncReplicas: 0,
  handsOver: true,
  faults: 2,
  terms: 4,
  versions: 6,
};

/** The successor leads, and its primary has yet to be recorded: two things go wrong. */
export const succeeded: Scope = { ...handingOver, begins: 'succeeded' };

/** Both the primary and the candidate crash, and what crashes comes back empty. */
export const restartedMeanwhile: Scope = {
  ...oneFaultOfTwo,
  instances: 3,
  persistence: 'none',
  faults: 2,
  kinds: ['redis crashes'],
};
