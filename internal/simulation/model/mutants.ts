import type { InstanceReport } from '../../control/protocol.ts';
import type { ClusterView } from '../../controller/cluster/view.ts';
import type { RoleView } from '../../instance-manager/decide.ts';
import { milliseconds } from '../../time/units.ts';
import { allGuards, type Guards } from './guards.ts';
import { type FaultKind, oneFaultOfTwo, outlived, restartedMeanwhile, type Scope } from './scope.ts';

/** A guard that is taken away, and a scope that is large enough to show what it is for. */
export interface Mutant {
  readonly name: string;
  readonly scope: Scope;
  readonly guards: Guards;
  /** The rule that is broken without it. */
  readonly breaks: string;
}

const within = (faults: number, kinds: readonly FaultKind[], more: Partial<Scope> = {}): Scope => ({
  ...oneFaultOfTwo,
  minSyncReplicas: 0,
  faults,
  kinds,
  ...more,
});

const handsOver = { handsOver: true, terms: 4, versions: 6 } as const;

/** The primary is not heard any more, and goes on: neither the operator nor a replica reaches it. */
const unheard: readonly FaultKind[] = ['operator cut from one', 'peers cut'];

const without = (change: Partial<Guards>): Guards => ({ ...allGuards, ...change });

const reports = (change: (report: InstanceReport) => Partial<InstanceReport>): Partial<Guards> => ({
  clusterView: (view: ClusterView) => ({
    ...view,
    instances: new Map(
      [...view.instances].map(([name, one]) => {
        const { sighting } = one;
        if (sighting.kind !== 'reported') return [name, one];
        const report = { ...sighting.report, ...change(sighting.report) };
        return [name, { ...one, sighting: { kind: 'reported', report } }];
      }),
    ),
  }),
});

/** Every guard of docs/failover.md that the model knows. */
export const mutants: readonly Mutant[] = [
  {
    name: 'an appointment does not wait until the fence has settled',
    scope: within(2, unheard),
    guards: without({ clusterView: (view) => settledFence(view) }),
    breaks: 'I1',
  },
  {
    name: 'a fence settles in the length of a lease, without the margin for clocks',
    scope: within(2, unheard),
    guards: without({ policy: (policy) => ({ ...policy, settling: milliseconds(1650) }) }),
    breaks: 'I1',
  },
  {
    name: 'a promise need not be as old as the fence',
    scope: within(3, [...unheard, 'API cut from all']),
    guards: without(
      reports(({ promise }) => (promise === undefined ? {} : { promise: { ...promise, forMs: 1e6 } })),
    ),
    breaks: 'I1',
  },
  {
    name: 'nobody is asked to promise',
    scope: within(3, [...unheard, 'API cut from all']),
    guards: without(
      reports(({ term, promise }) => ({ promise: { term: promise?.term ?? term + 1, forMs: 1e6 } })),
    ),
    breaks: 'I1',
  },
  {
    name: 'an isolated primary does not ask whether a peer has promised',
    scope: within(3, [...unheard, 'API cut from all']),
    guards: without({ peerAnswer: (answer) => ({ ...answer, term: 0 }) }),
    breaks: 'I1',
  },
  {
    name: 'a peer is said to read nothing',
    scope: within(3, [...unheard, 'API cut from one']),
    guards: without({ peerAnswer: (answer) => ({ ...answer, term: 0, reading: { kind: 'unreachable' } }) }),
    breaks: 'I1',
  },
  {
    name: 'a redis-server begins with its gate open',
    scope: within(1, ['redis crashes']),
    guards: without({ boot: { follows: 'nobody', gateOpen: true } }),
    breaks: 'I1',
  },
  {
    name: 'a redis-server begins as a primary that its former replicas can follow',
    scope: within(1, ['redis crashes'], { persistence: 'none' }),
    guards: without({ boot: { follows: 'nobody', gateOpen: false } }),
    breaks: 'I5',
  },
  {
    name: 'a restarted redis-server goes on in the tenure of the one before it',
    scope: within(1, ['redis crashes'], { persistence: 'none' }),
    guards: without({ roleView: (view) => ofAnyProcess(view) }),
    breaks: 'I5',
  },
  {
    name: 'a process takes the appointment of the one before it, which was being written when it began',
    scope: restartedMeanwhile,
    guards: without({ roleView: (view) => ofAnyProcess(view) }),
    breaks: 'I5',
  },
  {
    name: 'a pod that outlived its object takes the appointment of its namesake',
    scope: outlived,
    guards: without({ roleView: (view) => ofAnyProcess(view) }),
    breaks: 'I2',
  },
  {
    name: 'a grant counts from when it comes',
    scope: within(3, [...unheard, 'held up']),
    guards: without({ grantsEcho: false }),
    breaks: 'I1',
  },
  {
    name: 'a read counts from when its answer comes',
    scope: within(3, [...unheard, 'held up']),
    guards: without({ readsCountFromAsking: false }),
    breaks: 'I1',
  },
  {
    name: 'a fence leaves the grants as they are',
    scope: within(3, [...unheard, 'API cut from one']),
    guards: without({ fenceEndsGrants: false }),
    breaks: 'I1',
  },
  {
    name: 'an operator that has lost its Lease grants',
    scope: within(3, ['new leader', ...unheard]),
    guards: without({ onlyLeaderGrants: false }),
    breaks: 'I1',
  },
  {
    name: 'status is written whatever has been written since',
    scope: within(3, ['new leader', ...unheard]),
    guards: without({ compareAndSwap: false }),
    breaks: 'I1',
  },
  {
    name: 'an appointment stays in the old term',
    scope: within(1, ['redis crashes']),
    guards: without({ step: (step) => (step.kind === 'appoint' ? { ...step, term: step.term - 1 } : step) }),
    breaks: 'I1',
  },
  {
    name: 'whoever answers was in sync',
    scope: within(1, ['freeze'], { begins: 'emptied', persistence: 'none', minSyncReplicas: 1 }),
    guards: without(reports(({ term, promise }) => ({ syncedTerm: (promise?.term ?? term + 1) - 1 }))),
    breaks: 'I3',
  },
  {
    name: 'one replica is enough, whatever minSyncReplicas is',
    scope: within(2, ['operator cut from one', 'redis crashes'], {
      instances: 3,
      minSyncReplicas: 1,
    }),
    guards: without({ policy: (policy) => ({ ...policy, minSyncReplicas: 0 }) }),
    breaks: 'I3',
  },
  {
    name: 'a pod of the same name passes for the one that was appointed',
    scope: within(1, ['pod is made anew'], { instances: 3 }),
    guards: without({
      clusterView: (view) =>
        view.tenure.kind === 'held'
          ? { ...view, tenure: { ...view.tenure, targetUID: undefined, targetRun: undefined } }
          : view,
    }),
    breaks: 'I1',
  },
  {
    name: 'a primary that serves passes for one that has released its term',
    scope: within(0, [], handsOver),
    guards: without({ clusterView: (view) => hasReleased(view) }),
    breaks: 'I1',
  },
  {
    name: 'a release lapses',
    scope: within(0, [], handsOver),
    guards: without({ releaseLasts: false }),
    breaks: 'I1',
  },
  {
    name: 'a primary that dies is replaced at once, whomever it had handed over to',
    scope: within(2, ['redis crashes', 'operator cut from one'], { ...handsOver, begins: 'succeeded' }),
    guards: without({ clusterView: (view) => offeringNothing(view) }),
    breaks: 'I1',
  },
];

const offeringNothing = (view: ClusterView): ClusterView =>
  view.tenure.kind === 'held' ? { ...view, tenure: { ...view.tenure, offer: undefined } } : view;

/** Whatever it says, it has released its term for the one that is offered. */
function hasReleased(view: ClusterView): ClusterView {
  const { tenure } = view;
  if (tenure.kind !== 'held' || tenure.offer === undefined) return view;
  const { pod: candidate, term: handover } = tenure.offer;
  return (
    reports(({ pod }) => (pod === tenure.target ? { released: { candidate, handover } } : {})).clusterView?.(
      view,
    ) ?? view
  );
}

/** Whatever process was appointed, it is this one. */
const ofAnyProcess = (view: RoleView): RoleView => ({ ...view, run: view.tenure?.run });

function settledFence(view: ClusterView): ClusterView {
  const { tenure } = view;
  const fenced = tenure.kind === 'held' && tenure.fencedFor !== undefined;
  const old = fenced ? { ...view, tenure: { ...tenure, fencedFor: milliseconds(1e6) } } : view;
  return (
    reports(({ promise }) =>
      promise === undefined ? {} : { promise: { ...promise, forMs: 1e6 } },
    ).clusterView?.(old) ?? old
  );
}
