import { milliseconds } from '../../../time/units.ts';
import type { ClusterView, InstanceView, PlannedView, PodParts, TenureView } from '../view.ts';
import {
  everyOne,
  heldWith,
  instances,
  parts,
  plannedWith,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';

/** Test data: the states of an instance that planned operations can tell apart. */
export const older: PodParts = { ...parts, image: 'redis:7.0' };

const link = { pod: 'shop-0', address: 'a', linkUp: true, syncInProgress: false, lagBytes: 0, heardMsAgo: 0 };
const heardBefore = (ordinal: number): InstanceView['lastReport'] => {
  const sighting = reported(ordinal);
  return sighting.kind === 'reported' ? sighting.report : undefined;
};

type Maker = (ordinal: number, made: PodParts) => InstanceView;
const pod = (ordinal: number, made: PodParts, change: object = {}) =>
  podWith(ordinal, { parts: made, ...change });

/** All but the first are not whole. */
export const replicaStates: Readonly<Record<string, Maker>> = {
  whole: (n, made) => replica(n, { pod: pod(n, made) }),
  missing: (n) => replica(n, { pod: undefined, sighting: { kind: 'absent' } }),
  deleting: (n, made) => replica(n, { pod: pod(n, made, { deleting: true }) }),
  notReady: (n, made) => replica(n, { pod: pod(n, made, { ready: false }) }),
  foreign: (n, made) => replica(n, { pod: pod(n, made, { owner: 'foreign' }) }),
  stuck: (n, made) =>
    replica(n, { pod: pod(n, made, { trouble: { kind: 'stuck', reason: 'ImagePullFailed', message: '' } }) }),
  unscheduled: (n, made) =>
    replica(n, {
      pod: pod(n, made, { trouble: { kind: 'stuck', reason: 'Unschedulable', message: '' } }),
      sighting: { kind: 'absent' },
    }),
  starting: (n, made) => replica(n, { pod: pod(n, made), sighting: silent }),
  silent: (n, made) =>
    replica(n, {
      pod: pod(n, made),
      sighting: silent,
      lastReport: heardBefore(n),
      missedFor: milliseconds(9_000),
    }),
  frozen: (n, made) => replica(n, { pod: pod(n, made), sighting: reported(n, { answeredMsAgo: 1_000 }) }),
  loading: (n, made) =>
    replica(n, {
      pod: pod(n, made),
      sighting: reported(n, { process: { state: 'loading', pid: 1, exit: undefined } }),
    }),
  synchronising: (n, made) =>
    replica(n, {
      pod: pod(n, made),
      sighting: reported(n, { upstream: { ...link, inSync: false, syncInProgress: true } }),
    }),
  linkDown: (n, made) =>
    replica(n, {
      pod: pod(n, made),
      sighting: reported(n, { upstream: { ...link, inSync: false, linkUp: false } }),
    }),
  refusing: (n, made) =>
    replica(n, {
      pod: pod(n, made),
      sighting: reported(n, {
        syncRefused: "Can't handle RDB format version 11",
        upstream: { ...link, linkUp: false, inSync: false, syncInProgress: true },
      }),
    }),
  unproved: (n, made) => replica(n, { pod: pod(n, made), sighting: reported(n, { syncedTerm: 2 }) }),
  behind: (n, made) => replica(n, { pod: pod(n, made), sighting: reported(n, { offset: 50 }) }),
  fenced: (n, made) => replica(n, { pod: pod(n, made), sighting: reported(n, { fencedByUser: true }) }),
};

export const primaryStates: Readonly<Record<string, Maker>> = {
  serving: (n, made) => primary(n, { pod: pod(n, made) }),
  closed: (n, made) => primary(n, { pod: pod(n, made), sighting: reported(n, { role: 'fenced' }) }),
  ofAnOlderTerm: (n, made) =>
    primary(n, { pod: pod(n, made), sighting: reported(n, { role: 'primary', term: 2 }) }),
  silent: (n, made) => primary(n, { pod: pod(n, made), sighting: silent }),
  missing: (n) => primary(n, { pod: undefined, sighting: { kind: 'absent' } }),
};

/** Whole, and made before the newest settings: one has looked at them and waits for a restart, the other has yet to look. */
const earlier: PodParts = { ...parts, settings: 'earlier' };
const words = [{ pendingRestart: ['databases'], settingsGeneration: 7 }, { settingsGeneration: 6 }];
const replicasWithSettings = (n: number): readonly InstanceView[] =>
  words.map((said) => replica(n, { pod: pod(n, earlier), sighting: reported(n, said) }));
const primariesWithSettings = (n: number): readonly InstanceView[] =>
  words.map((said) =>
    primary(n, { pod: pod(n, earlier), sighting: reported(n, { role: 'primary', ...said }) }),
  );

const tenures: readonly TenureView[] = [
  heldWith(),
  heldWith({ fencedFor: milliseconds(5) }),
  heldWith({ current: 'shop-1' }),
  heldWith({ targetUID: 'the-one-before' }),
  { kind: 'vacant' },
];

const wishes = everyOne<Pick<PlannedView, 'primaryUpdate' | 'mayRoll' | 'dataEndsWithPod'>>({
  primaryUpdate: ['unsupervised', 'supervised', 'approved'],
  mayRoll: [true, false],
  dataEndsWithPod: [true, false],
}).map(plannedWith);

const usual = viewWith();
const strict = { ...usual.policy, minSyncReplicas: 1 };
const asleep = plannedWith({ hibernating: true });
/** Tenures and wishes in full, for small clusters. */
const situations: readonly Partial<ClusterView>[] = [
  ...tenures.map((tenure) => ({ tenure, planned: asleep })),
  ...tenures.flatMap((tenure) =>
    wishes.flatMap((planned) => [usual.policy, strict].map((policy) => ({ tenure, policy, planned }))),
  ),
];
/** The usual ones, for those of three. */
const situationsOfThree: readonly Partial<ClusterView>[] = [
  {},
  { policy: strict },
  { planned: plannedWith({ primaryUpdate: 'supervised' }) },
  { planned: plannedWith({ mayRoll: false }) },
  { planned: asleep },
];

const made: readonly PodParts[] = [parts, older];
const anyOf = (states: Readonly<Record<string, Maker>>, ordinal: number): readonly InstanceView[] =>
  Object.values(states).flatMap((state) => made.map((one) => state(ordinal, one)));

/** Views of one, two and three instances of which 1 to 3 are wanted; the one named shop-0 is the primary. */
export function* everyPlannedView(): Generator<ClusterView> {
  const [first, second, third] = [
    [...anyOf(primaryStates, 0), ...primariesWithSettings(0)],
    [...anyOf(replicaStates, 1), ...replicasWithSettings(1)],
    [...anyOf(replicaStates, 2), ...replicasWithSettings(2)],
  ] as const;
  const groups = [
    ...first.map((one) => [one]),
    ...first.flatMap((one) => second.map((two) => [one, two])),
    // The primary may have any number; its name says nothing.
    ...first.flatMap((one) =>
      second.map((two) => [
        { ...two, ordinal: 0 },
        { ...one, ordinal: 1 },
      ]),
    ),
    ...first.flatMap((one) => second.flatMap((two) => third.map((three) => [one, two, three]))),
  ];
  for (const group of groups) {
    const seen = instances(...group);
    for (let wantedInstances = 1; wantedInstances <= group.length; wantedInstances += 1) {
      for (const more of group.length < 3 ? situations : situationsOfThree)
        yield { ...usual, ...more, wantedInstances, instances: seen };
    }
  }
}
