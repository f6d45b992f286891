import type { MemoryUse } from '../../../control/protocol.ts';
import { milliseconds } from '../../../time/units.ts';
import type { ClusterView, InstanceView, PodFacts, PodResources, ResizesView, Resources } from '../view.ts';
import {
  everyOne,
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
import { beingChanged, failurePatience, resizePatience } from './state.ts';

const gibibyte = 2 ** 30;
const limited = (memory: string): Resources => ({ requests: { memory: '1Gi' }, limits: { memory } });
/** What is wanted in all views. */
export const wanted = limited('4Gi');
const [smaller, larger] = [limited('2Gi'), limited('8Gi')];

/** How far a pod is on its way to what is wanted. */
export const stages: Readonly<Record<string, Partial<PodFacts>>> = {
  asWanted: { resources: settled(wanted), parts: { ...parts, resources: 'wanted' } },
  toGrow: { resources: settled(smaller) },
  toShrink: { resources: settled(larger) },
  unlimited: { resources: settled({ requests: {}, limits: {} }) },
  guaranteed: {
    resources: settled({ requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } }),
  },
  unknown: { resources: undefined },
  asked: changing({ asked: wanted, inForce: smaller, delay: undefined }),
  askedBefore: changing({ asked: wanted, inForce: wanted, delay: { kind: 'fails', words: 'Error' } }),
  deferred: changing({ asked: wanted, inForce: smaller, delay: { kind: 'waits', words: 'Deferred' } }),
  infeasible: changing({
    asked: wanted,
    inForce: smaller,
    delay: { kind: 'infeasible', words: 'Infeasible' },
  }),
  infeasibleBefore: changing({
    asked: larger,
    inForce: smaller,
    delay: { kind: 'infeasible', words: 'Infeasible' },
  }),
  carriedOut: changing({ asked: wanted, inForce: wanted, delay: undefined }),
  mute: changing({ asked: wanted, inForce: undefined, delay: undefined }),
  otherImage: { resources: settled(larger), parts: { ...parts, image: 'redis:7.0' } },
  foreign: { resources: settled(smaller), owner: 'foreign' },
  deleting: { resources: settled(smaller), deleting: true },
};

function settled(resources: Resources): PodResources {
  return { asked: resources, inForce: resources, delay: undefined };
}

function changing(resources: PodResources): Partial<PodFacts> {
  return { resources, parts: { ...parts, resources: beingChanged } };
}

const setFor4 = { setForBytes: 4 * gibibyte };
/** What an instance says of its memory; undefined: nothing, as an older manager. */
export const memories: Readonly<Record<string, MemoryUse | undefined>> = {
  fits: { ...setFor4, heldBytes: 3 * gibibyte },
  unmeasured: setFor4,
  full: { ...setFor4, heldBytes: 3.9 * gibibyte },
  holdsMoreData: { heldBytes: 6 * gibibyte, maxMemoryWaitsFor: 'data' },
  setForBefore: { setForBytes: 8 * gibibyte, heldBytes: gibibyte },
  olderManager: undefined,
};

const links = {
  inSync: {},
  outOfSync: { syncedTerm: 2 },
} as const;

const resizes: readonly ResizesView[] = everyOne<Omit<ResizesView, 'wanted'>>({
  allowed: [true, false],
  refused: [
    undefined,
    { because: '422: QOS', anewToo: false },
    { because: '403: exceeded quota', anewToo: true },
  ],
  waits: [0, failurePatience, resizePatience].map(
    (waited) => new Map([0, 1, 2].map((n) => [`uid-${n}`, milliseconds(waited)])),
  ),
}).map((view) => ({ ...view, wanted }));

function pods(ordinal: number): readonly PodFacts[] {
  return Object.values(stages).map((stage) =>
    podWith(ordinal, { parts: { ...parts, resources: 'before' }, ...stage }),
  );
}

/** All that can be told of one instance of a cluster whose `shop-0` is the primary. */
function instancesAt(ordinal: number): readonly InstanceView[] {
  const make = ordinal === 0 ? primary : replica;
  const role = ordinal === 0 ? ({ role: 'primary', upstream: undefined } as const) : {};
  const sightings = Object.values(memories).flatMap((memory) =>
    Object.values(links).map((link) => reported(ordinal, { ...role, ...link, memory })),
  );
  return pods(ordinal).flatMap((pod) =>
    [...sightings, silent].map((sighting) => make(ordinal, { pod, sighting })),
  );
}

/** Of three instances two are as they are told by `some`, which keeps their number in bounds. */
const some = (all: readonly InstanceView[], every: number): readonly InstanceView[] =>
  all.filter((_one, index) => index % every === 0);

/** Views of one, two and three instances, all of which are wanted, by a user who has changed resources. */
export function* everyResizeView(): Generator<ClusterView> {
  const [first, second, third] = [instancesAt(0), instancesAt(1), instancesAt(2)];
  const groups = [
    ...first.map((one) => [one]),
    ...some(first, 7).flatMap((one) => some(second, 3).map((two) => [one, two])),
    ...some(first, 17).flatMap((one) =>
      some(second, 11).flatMap((two) => some(third, 5).map((three) => [one, two, three])),
    ),
  ];
  for (const group of groups) {
    const situations = group.length === 3 ? resizes.slice(0, 3) : resizes;
    for (const view of situations) {
      for (const mayRoll of group.length === 1 ? [true, false] : [true]) {
        const planned = plannedWith({ parts: { ...parts, resources: 'wanted' }, mayRoll, resizes: view });
        yield viewWith({ planned, wantedInstances: group.length, instances: instances(...group) });
      }
    }
  }
}
