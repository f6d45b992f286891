import type { InstanceReport } from '../../../control/protocol.ts';
import { milliseconds } from '../../../time/units.ts';
import type { ClusterView, FailoverPolicy, InstanceView, PodFacts } from '../view.ts';
import { decideFailover } from './decide.ts';
import { nobodyFenced, term } from './every-view.fixture.ts';
import type { FailoverStep } from './step.ts';

type Decide = (view: ClusterView) => FailoverStep;

/** Decides as if nobody had looked at something: one guard is taken away. */
const blindTo =
  (change: (view: ClusterView) => Partial<ClusterView>): Decide =>
  (view) =>
    decideFailover({ ...view, ...change(view) });

const withPolicy = (policy: Partial<FailoverPolicy>): Decide =>
  blindTo((view) => ({ policy: { ...view.policy, ...policy } }));

const withInstances = (change: (instance: InstanceView) => Partial<InstanceView>): Decide =>
  blindTo((view) => ({
    instances: new Map([...view.instances].map(([name, one]) => [name, { ...one, ...change(one) }])),
  }));

const withReports = (change: (report: InstanceReport) => Partial<InstanceReport>): Decide =>
  withInstances(({ sighting }) =>
    sighting.kind === 'reported'
      ? { sighting: { kind: 'reported', report: { ...sighting.report, ...change(sighting.report) } } }
      : {},
  );

const withPods = (change: Partial<PodFacts>): Decide =>
  withInstances(({ pod }) => (pod === undefined ? {} : { pod: { ...pod, ...change } }));

/** Alters what was decided. */
const afterwards =
  (change: (step: FailoverStep, view: ClusterView) => FailoverStep): Decide =>
  (view) =>
    change(decideFailover(view), view);

const targetOf = ({ tenure }: ClusterView): string => (tenure.kind === 'held' ? tenure.target : 'redis-0');

/** Each breaks one rule of failover. A law that catches none of them would say nothing. */
export const mutants: Readonly<Record<string, Decide>> = {
  'gives no reason': afterwards((step) => ({ ...step, because: '' })),
  'takes an unreadable tenure for none': blindTo(({ tenure }) =>
    tenure.kind === 'unreadable' ? { tenure: { kind: 'vacant' } } : {},
  ),
  "takes an unreadable user's fence for none": blindTo(({ userFence }) =>
    userFence.kind === 'unreadable' ? { userFence: nobodyFenced } : {},
  ),
  "forgets the user's fence": blindTo(() => ({ userFence: nobodyFenced })),
  'fences at the first doubt': withPolicy({ suspicion: milliseconds(0) }),
  'believes no witness': withReports(({ upstream }) =>
    upstream === undefined ? {} : { upstream: { ...upstream, heardMsAgo: undefined } },
  ),
  'takes the pod in its place for the one that is heard': withReports(({ upstream }) =>
    upstream === undefined ? {} : { upstream: { ...upstream, address: '10.0.0.1' } },
  ),
  'takes a stream that stands for one that has ended': withReports(({ upstream }) =>
    upstream === undefined ? {} : { upstream: { ...upstream, linkUp: false } },
  ),
  'forgets that the primary knew of nobody else': blindTo(({ tenure }) =>
    tenure.kind === 'held' && tenure.lastServed !== undefined
      ? { tenure: { ...tenure, lastServed: { ...tenure.lastServed, alone: undefined } } }
      : {},
  ),
  'does not let a fence settle': withPolicy({ settling: milliseconds(0) }),
  'looks at the fence alone': withReports(({ promise }) =>
    promise === undefined ? {} : { promise: { ...promise, forMs: 1e6 } },
  ),
  'looks at the promise alone': blindTo(({ tenure }) =>
    tenure.kind === 'held' && tenure.fencedFor !== undefined
      ? { tenure: { ...tenure, fencedFor: milliseconds(1e6) } }
      : {},
  ),
  'appoints in place of fencing': afterwards((step, view) => {
    const [pod] = [...view.instances.keys()].filter((name) => name !== targetOf(view));
    if (step.kind !== 'fence' || pod === undefined) return step;
    return {
      kind: 'appoint',
      pod,
      podUID: `uid-${pod}`,
      run: undefined,
      term: term + 1,
      because: step.because,
      failover: undefined,
    };
  }),
  'fences before it looks for a candidate': afterwards((step, view) =>
    step.kind === 'hold' && step.blocked !== undefined
      ? { kind: 'fence', pod: targetOf(view), because: step.because }
      : step,
  ),
  'leaves a fence that leads nowhere': afterwards((step) =>
    step.kind === 'reinstate'
      ? { ...step, kind: 'hold', recheckAfter: undefined, underWay: false, blocked: 'NoCandidate' }
      : step,
  ),
  'reinstates whomever it fenced': afterwards((step, view) =>
    step.kind === 'hold' && view.tenure.kind === 'held' && view.tenure.fencedFor !== undefined
      ? { kind: 'reinstate', pod: view.tenure.target, because: step.because }
      : step,
  ),
  'lifts a fence that is not there': afterwards((step, view) =>
    step.kind === 'confirm' ? { kind: 'reinstate', pod: targetOf(view), because: step.because } : step,
  ),
  'takes one that loads for one that serves': withReports(({ process }) =>
    process.state === 'loading' ? { process: { ...process, state: 'running' } } : {},
  ),
  'appoints one that is to go': withPods({ deleting: false }),
  'takes anybody for in sync': withReports(() => ({ syncedTerm: term })),
  'compares offsets of different histories': withReports(() => ({ replicationId: 'one' })),
  'compares no offsets': withReports(() => ({ offset: 90 })),
  'takes any data set for one that was saved at an end': withReports(({ data }) => ({
    data: { ...data, saved: term },
  })),
  'does not look at data': withReports(({ data }) => ({ data: { ...data, keys: 5 } })),
  'does not wait for one that has just fallen silent': withInstances(() => ({
    missedFor: milliseconds(1e6),
  })),
  'does not wait for one that it has never heard': withInstances(({ sighting, lastReport }) =>
    sighting.kind === 'silent' && lastReport === undefined ? { missedFor: milliseconds(1e6) } : {},
  ),
  'appoints before all volumes were heard': withInstances(({ claim }) =>
    claim === undefined ? {} : { claim: { ...claim, madeForThisCluster: true } },
  ),
  'forgets minSyncReplicas': withPolicy({ minSyncReplicas: 0 }),
  'forgets maxLagBytes': withPolicy({ maxLagBytes: undefined }),
  'takes a pod of the same name for the one appointed': blindTo(({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, targetUID: undefined } } : {},
  ),
  'does not look which process it was that was appointed': blindTo(({ tenure }) =>
    tenure.kind === 'held' ? { tenure: { ...tenure, targetRun: undefined } } : {},
  ),
  'appoints whatever process there is': afterwards((step) =>
    step.kind === 'appoint' ? { ...step, run: undefined } : step,
  ),
  'stays in the old term': afterwards((step) => (step.kind === 'appoint' ? { ...step, term } : step)),
  'skips a term': afterwards((step) => (step.kind === 'appoint' ? { ...step, term: step.term + 1 } : step)),
  'forgets promises': withReports(() => ({ promise: undefined })),
  'confirms whoever is the target': afterwards((step, view) =>
    step.kind === 'hold' && view.tenure.kind === 'held'
      ? { kind: 'confirm', pod: view.tenure.target, because: step.because }
      : step,
  ),
  'replaces a primary that serves': afterwards((step, view) =>
    step.kind === 'confirm' ? { kind: 'fence', pod: targetOf(view), because: step.because } : step,
  ),
};
