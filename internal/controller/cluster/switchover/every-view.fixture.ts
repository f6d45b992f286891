import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds, seconds } from '../../../time/units.ts';
import type { ClusterView, HeldTenure, InstanceView, PodFacts, SwitchoverRequest } from '../view.ts';
import {
  heldWith,
  instances,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';

/** Test data: what a decision about a switchover can tell apart in a cluster of three whose primary is shop-0. */
interface State {
  readonly report?: Partial<InstanceReport> | 'silent';
  readonly pod?: Partial<PodFacts>;
}

const cordoned = { name: 'node-1', schedulable: false, outOfService: false } as const;
const serving: Partial<InstanceReport> = { role: 'primary', upstream: undefined };
const released: Partial<InstanceReport> = {
  role: 'fenced',
  upstream: undefined,
  released: { candidate: 'shop-1', handover: 4 },
};
const upstream = {
  pod: 'shop-0',
  address: '10.0.0.0',
  linkUp: true,
  syncInProgress: false,
  lagBytes: 0,
  inSync: false,
  heardMsAgo: 0,
} as const;

export const primaryStates: Readonly<Record<string, State>> = {
  serving: { report: serving },
  deleting: { report: serving, pod: { deleting: true } },
  leaving: { report: { ...serving, leaving: true } },
  cordoned: { report: serving, pod: { node: cordoned } },
  released: { report: released },
  releasedAndLeaving: { report: { ...released, leaving: true } },
  closed: { report: { ...serving, role: 'fenced' } },
  fencedByUser: { report: { ...serving, fencedByUser: true }, pod: { deleting: true } },
  refusing: { report: { ...serving, writesRefused: 'MISCONF' }, pod: { deleting: true } },
  exited: { report: { ...serving, role: 'none', process: { state: 'exited', pid: 1, exit: undefined } } },
  silent: { report: 'silent', pod: { deleting: true } },
  remade: { report: { ...serving, podUID: 'new' }, pod: { uid: 'new', deleting: true } },
};

export const replicaStates: Readonly<Record<string, State>> = {
  synced: {},
  ahead: { report: { term: 3, promise: undefined, offset: 120 } },
  cordoned: { pod: { node: cordoned } },
  unready: { pod: { ready: false } },
  deleting: { pod: { deleting: true } },
  leaving: { report: { leaving: true } },
  foreign: { pod: { owner: 'foreign' } },
  behind: { report: { upstream } },
  unproved: { report: { syncedTerm: 2 } },
  fencedByUser: { report: { fencedByUser: true } },
  refusing: { report: { writesRefused: 'MISCONF' } },
  loading: { report: { process: { state: 'loading', pid: 1, exit: undefined } } },
  promised: { report: { role: 'fenced', term: 4, promise: { term: 4, forMs: 10 }, upstream: undefined } },
  silent: { report: 'silent' },
};

const requests: readonly SwitchoverRequest[] = (
  [
    [undefined, false],
    ['shop-1', false],
    ['shop-1', false, seconds(60)],
    ['shop-1', true],
    ['shop-0', false],
    ['shop-9', false],
  ] as const
).flatMap(([to, answered, askedFor = seconds(59)]) =>
  [undefined, milliseconds(500), seconds(3)].map((refusedAgo) => ({
    to,
    answered,
    askedFor,
    refusedAgo,
    planned: false,
  })),
);

const offering = (pod: string, change: object = {}): HeldTenure =>
  heldWith({
    offer: {
      term: 4,
      pod,
      podUID: pod.replace('shop', 'uid'),
      run: pod.replace('shop', 'run'),
      because: undefined,
      ...change,
    },
  });

const situations: readonly Partial<ClusterView>[] = [
  { reconcileDisabled: true },
  { deleting: true },
  { proxiesBusyFor: milliseconds(700) },
  { tenure: heldWith({ current: 'shop-2' }) },
  { tenure: heldWith({ fencedFor: milliseconds(50) }) },
  { tenure: { kind: 'vacant' } },
  { tenure: offering('shop-1') },
  { tenure: offering('shop-2') },
  { tenure: offering('shop-1', { podUID: 'made before' }) },
  { tenure: heldWith({ offeredTerm: 9 }) },
  { userFence: { kind: 'named', pods: ['shop-1'] } },
  { userFence: { kind: 'unreadable', problem: 'test' } },
];

function instanceIn(ordinal: number, { report = {}, pod }: State): InstanceView {
  const made = ordinal === 0 ? primary(ordinal) : replica(ordinal);
  const sighting = report === 'silent' ? silent : reported(ordinal, report);
  return { ...made, pod: podWith(ordinal, pod), sighting };
}

const followers = Object.values(replicaStates);

/** Each pair once: which of the two has which name matters for ties only, and is asked for by name in one order. */
const trios = Object.values(primaryStates).flatMap((first) =>
  followers.flatMap((one, index) =>
    followers
      .slice(index)
      .map((other) => instances(instanceIn(0, first), instanceIn(1, one), instanceIn(2, other))),
  ),
);

const unrefused = requests.filter(({ refusedAgo }) => refusedAgo === undefined);

export function* everyView(): Generator<ClusterView> {
  for (const all of trios) {
    for (const request of requests) yield viewWith({ instances: all, request });
    for (const situation of situations) {
      for (const request of unrefused) yield viewWith({ instances: all, request, ...situation });
    }
  }
}
