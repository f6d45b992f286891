import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds } from '../../../time/units.ts';
import type { Offer } from '../tenure.ts';
import { type ClusterView, type InstanceView, reportOf } from '../view.ts';
import { heldWith, instances, podWith, primary, replica, reported, viewWith } from '../views.fixture.ts';
import { decideFailover } from './decide.ts';
import type { FailoverStep } from './step.ts';

/** shop-0 is to hand over to shop-1 in term 4, and something goes wrong. */
const offer: Offer = { term: 4, pod: 'shop-1', podUID: 'uid-1', run: 'run-1', because: 'it was asked for' };

type State = (ordinal: number) => InstanceView;
const running = { state: 'running', pid: 7, exit: undefined } as const;
const says =
  (report: Partial<InstanceReport>): State =>
  (ordinal) => ({
    ...(ordinal === 0 ? primary(ordinal) : replica(ordinal)),
    sighting: reported(ordinal, report),
  });
const silentFor =
  (length: number): State =>
  (ordinal) => ({
    ...replica(ordinal),
    sighting: { kind: 'silent', because: 'no answer', for: milliseconds(length) },
    lastReport: reportedAs(ordinal),
    missedFor: milliseconds(length),
  });
const reportedAs = (ordinal: number): InstanceReport => {
  const sighting = reported(ordinal);
  return sighting.kind === 'reported' ? sighting.report : assert.fail();
};

const own = { role: 'primary', upstream: undefined } as const;
const released = { ...own, role: 'fenced', released: { candidate: 'shop-1', handover: 4 } } as const;
const exited = { state: 'exited', pid: 7, exit: undefined, run: 'run-0' } as const;
const owns: Readonly<Record<string, State>> = {
  serving: says(own),
  closed: says({ ...own, role: 'fenced' }),
  released: says(released),
  releasedForAnother: says({ ...released, released: { candidate: 'shop-1', handover: 3 } }),
  exited: says({ ...own, role: 'none', process: exited }),
  restarted: says({ ...own, role: 'fenced', process: { ...running, run: 'another' } }),
  silentBriefly: silentFor(500),
  silentLong: silentFor(5000),
  missing: (ordinal) => ({ ...silentFor(5000)(ordinal), pod: undefined }),
};

const upstream = undefined;
const leads = {
  role: 'primary',
  term: 4,
  upstream,
  data: { keys: 5, foundOnVolume: true, lastRole: 'primary' },
} as const;
const promised = (forMs: number) =>
  ({ role: 'fenced', term: 5, promise: { term: 5, forMs }, upstream }) as const;
const others: Readonly<Record<string, State>> = {
  synced: says({}),
  unheard: says({ upstream: undefined }),
  promisedYoung: says(promised(10)),
  promisedOld: says(promised(5000)),
  silentLong: silentFor(5000),
  exited: says({ role: 'none', process: { ...exited, run: 'run-1' } }),
};
const candidates: Readonly<Record<string, State>> = {
  ...others,
  leads: says(leads),
  leadsWithoutALease: says({ ...leads, role: 'fenced' }),
  restarted: says({ role: 'fenced', upstream, process: { ...running, run: 'another' } }),
  deleting: (ordinal) => ({ ...says({ upstream })(ordinal), pod: podWith(ordinal, { deleting: true }) }),
};
const thirds: Readonly<Record<string, State>> = { ...others, further: says({ offset: 200, upstream }) };

const tenures = [undefined, 50, 1900, 4000].map((fencedFor) =>
  heldWith({
    offer,
    offeredTerm: 4,
    fencedFor: fencedFor === undefined ? undefined : milliseconds(fencedFor),
    silentFor: milliseconds(0),
  }),
);
const fences: readonly ClusterView['userFence'][] = [
  { kind: 'named', pods: [] },
  { kind: 'named', pods: ['shop-1'] },
  { kind: 'named', pods: ['shop-0'] },
];

const silence: Readonly<Record<string, number>> = { silentBriefly: 500, silentLong: 5000, missing: 5000 };
const views: readonly ClusterView[] = Object.entries(owns).flatMap(([name, first]) =>
  Object.values(candidates).flatMap((second) =>
    Object.values(thirds).flatMap((third) =>
      tenures.flatMap((held) =>
        fences.map((userFence) =>
          viewWith({
            tenure: { ...held, silentFor: milliseconds(silence[name] ?? 0) },
            instances: instances(first(0), second(1), third(2)),
            userFence,
          }),
        ),
      ),
    ),
  ),
);

const seen = (view: ClusterView, pod: string): InstanceReport | undefined =>
  reportOf(view.instances.get(pod));
const fencedFor = ({ tenure }: ClusterView): number => (tenure.kind === 'held' && tenure.fencedFor) || 0;
const isFenced = ({ tenure }: ClusterView): boolean =>
  tenure.kind === 'held' && tenure.fencedFor !== undefined;
/** The process that the term is offered to runs, and says so. */
const runs = (view: ClusterView): boolean =>
  seen(view, 'shop-1')?.process.state === 'running' && seen(view, 'shop-1')?.process.run === 'run-1';
const hasReleased = (view: ClusterView): boolean => seen(view, 'shop-0')?.released?.handover === 4;
const isLead = (view: ClusterView): boolean => runs(view) && seen(view, 'shop-1')?.term === 4;
const bars = ({ userFence }: ClusterView, pod: string): boolean =>
  userFence.kind === 'named' && userFence.pods.includes(pod);
const succeeds = (step: FailoverStep): boolean => step.kind === 'appoint' && step.pod === 'shop-1';

const laws: Readonly<Record<string, (view: ClusterView, step: FailoverStep) => boolean>> = {
  'the offered term is for the process that it is offered to': (view, step) =>
    step.kind !== 'appoint' || step.term > 4 || (step.pod === 'shop-1' && step.run === 'run-1' && runs(view)),
  'it is taken up once the primary has released its own, or somebody leads in it already': (view, step) =>
    step.kind !== 'appoint' || step.term > 4 || hasReleased(view) || isLead(view),
  'nobody is appointed in it who has promised to obey a later one, nor while somebody else has': (
    view,
    step,
  ) =>
    step.kind !== 'appoint' ||
    step.term > 4 ||
    ['shop-0', 'shop-1', 'shop-2'].every((pod) => (seen(view, pod)?.term ?? 0) <= 4),
  'whoever completes it says why it was begun': (_view, step) =>
    step.kind !== 'appoint' ||
    step.switchover === undefined ||
    step.switchover.because === 'it was asked for',
  'whoever leads in it is appointed, and whoever may once it is released': (view, step) =>
    !(isLead(view) || (hasReleased(view) && runs(view) && !bars(view, 'shop-1'))) || succeeds(step),
  'anybody else only when no lease can be left, and the one it is offered to has been waited for to promise (I1)':
    (view, step) =>
      step.kind !== 'appoint' ||
      succeeds(step) ||
      (fencedFor(view) >= view.policy.settling &&
        (!runs(view) ||
          (seen(view, 'shop-1')?.promise?.term ?? 0) >= step.term ||
          fencedFor(view) >= 2 * view.policy.settling)),
  'a primary that may have released its term is not reinstated': (view, step) =>
    step.kind !== 'reinstate' || !hasReleased(view),
  'one that serves, and has not released it, stays': (view, step) =>
    seen(view, 'shop-0')?.role !== 'primary' ||
    bars(view, 'shop-0') ||
    isLead(view) ||
    (step.kind === 'appoint' ? step.pod === 'shop-0' : step.kind !== 'fence' && step.kind !== 'prepare'),
  'one that answers, and is to be replaced, is made to promise first': (view, step) =>
    step.kind !== 'appoint' ||
    hasReleased(view) ||
    isLead(view) ||
    seen(view, 'shop-0')?.process.run !== 'run-0' ||
    seen(view, 'shop-0')?.process.state !== 'running',
  'whoever has released its term is fenced before it goes on': (view, step) =>
    !hasReleased(view) || step.kind !== 'appoint' || step.pod !== 'shop-0' || isFenced(view),
  'nobody whom the user has fenced is appointed, unless it leads already (I7)': (view, step) =>
    step.kind !== 'appoint' || !bars(view, step.pod) || isLead(view),
};

test('every law of an offered term holds in every view of three instances', () => {
  for (const view of views) {
    const step = decideFailover(view);
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(view, step)) {
        const { tenure, userFence, instances: all } = view;
        assert.fail(`${law}\n${inspect({ tenure, userFence, all: [...all.values()], step }, { depth: 5 })}`);
      }
    }
  }
});

/** Decides as if nobody had looked at something. */
const mutants: Readonly<Record<string, (view: ClusterView) => Partial<ClusterView>>> = {
  'forgets what was offered': ({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, offer: undefined } } : {},
  'lets the fence settle no longer': ({ policy }) => ({ policy: { ...policy, settling: milliseconds(0) } }),
  'takes any process of that pod for the one it was offered to': withReports(({ pod, process }) =>
    pod === 'shop-1' ? { process: { ...process, run: 'run-1' } } : {},
  ),
  'hears of no release': withReports(() => ({ released: undefined })),
  'takes any release for one to whom it was offered': withReports(({ released: said }) =>
    said === undefined ? {} : { released: { ...said, handover: 4 } },
  ),
  'does not see that it leads': withReports(({ data }) => ({ data: { ...data, lastRole: 'replica' } })),
  'sees no promise': withReports(({ promise }) =>
    promise === undefined ? {} : { promise: undefined, term: promise.term - 2 },
  ),
  "forgets the user's fence": () => ({ userFence: { kind: 'named', pods: [] } }),
};

function withReports(change: (report: InstanceReport) => Partial<InstanceReport>) {
  return (view: ClusterView): Partial<ClusterView> => ({
    instances: new Map(
      [...view.instances].map(([name, one]) => [
        name,
        one.sighting.kind === 'reported'
          ? {
              ...one,
              sighting: {
                kind: 'reported',
                report: { ...one.sighting.report, ...change(one.sighting.report) },
              },
            }
          : one,
      ]),
    ),
  });
}

for (const [mutant, change] of Object.entries(mutants)) {
  test(`a law of an offered term catches whoever ${mutant}`, () => {
    const caught = views.some((view) => {
      const step = decideFailover({ ...view, ...change(view) });
      return Object.values(laws).some((holds) => !holds(view, step));
    });
    assert.ok(caught, 'no law noticed');
  });
}
