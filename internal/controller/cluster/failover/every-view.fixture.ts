import type { InstanceReport } from '../../../control/protocol.ts';
import { instant, milliseconds } from '../../../time/units.ts';
import type {
  ClusterView,
  FailoverPolicy,
  HeldTenure,
  InstanceView,
  TenureView,
  UserFence,
} from '../view.ts';

/** Test data: the states of an instance, and the views of a cluster of three, that a decision can tell apart. */
export const names = ['redis-0', 'redis-1', 'redis-2'] as const;
export const term = 7;
export const policy: FailoverPolicy = {
  suspicion: milliseconds(1000),
  settling: milliseconds(1868),
  delay: milliseconds(0),
  minSyncReplicas: 0,
  maxLagBytes: undefined,
  volumeKeepsWrites: true,
};

export interface State {
  /**
   * `missing` there is no pod; `silent` it does not answer; `unheard` nor has it ever answered this operator; `remade` a
   * later pod of the same name answers.
   */
  readonly pod: 'there' | 'missing' | 'silent' | 'unheard' | 'remade';
  readonly report: Partial<InstanceReport>;
  /** Silence, or what the primary's silence is measured by. Milliseconds. */
  readonly silentFor: number;
  readonly deleting: boolean;
  readonly ended: boolean;
  readonly outOfService: boolean;
  /** The tenure names the process of redis-server that was appointed. */
  readonly named: boolean;
}

const nothing: State = {
  pod: 'there',
  report: {},
  silentFor: 0,
  deleting: false,
  ended: false,
  outOfService: false,
  named: true,
};
const running = { state: 'running', pid: 1, exit: undefined, run: 'first' } as const;
const anew = { ...running, run: 'second' } as const;
const data = { keys: 5, foundOnVolume: true, lastRole: undefined } as const;
const answers = (report: Partial<InstanceReport>, more: Partial<State> = {}): State => ({
  ...nothing,
  ...more,
  report,
});
const upstream = {
  pod: 'redis-0',
  address: '10.0.0.1',
  linkUp: true,
  syncInProgress: false,
  lagBytes: 0,
  inSync: true,
  heardMsAgo: 5000,
} as const;

/** Where a pod listens that was made in the place of another. */
export const newAddress = '10.0.0.9';

const serving = { role: 'primary', term, bootTerm: term - 1, data } as const;
const synced = { role: 'replica', term, bootTerm: 1, syncedTerm: term, data, upstream } as const;
const promised = (forMs: number, later = 1): Partial<InstanceReport> => ({
  ...synced,
  role: 'fenced',
  term: term + later,
  promise: { term: term + later, forMs },
  upstream: undefined,
  offset: 90,
});
const restarted = { role: 'fenced', term, bootTerm: term, process: anew, data } as const;
/** Its Redis was started anew between the look at it and its appointment: in the term before. */
const hasty = { ...restarted, term: term - 1, bootTerm: term - 1 } as const;
const exited = { ...serving, role: 'none', process: { ...running, state: 'exited' } } as const;

/** Every state of the instance that the tenure names. */
export const primaryStates: Readonly<Record<string, State>> = {
  idle: answers({ data: { ...data, keys: 0 } }),
  serving: answers(serving),
  servingAnOlderTerm: answers({ ...serving, term: term - 1 }),
  closed: answers({ ...serving, role: 'fenced' }),
  refusing: answers({ ...serving, writesRefused: 'MISCONF' }),
  released: answers({ ...serving, role: 'fenced', writesRefused: 'MISCONF', offset: 95 }),
  loading: answers({ ...serving, role: 'none', process: { ...running, state: 'loading' } }),
  exited: answers(exited),
  stoppedForUser: answers({ ...exited, process: { ...running, state: 'stopped' }, fencedByUser: true }),
  restarted: answers(restarted),
  restartedEmpty: answers({ ...restarted, data: { ...data, keys: 0 } }),
  restartedBefore: answers(hasty),
  restartedBeforeEmpty: answers({ ...hasty, data: { ...data, keys: 0 } }),
  servingUnnamed: answers(serving, { named: false }),
  restartedUnnamed: answers(restarted, { named: false }),
  remade: answers(restarted, { pod: 'remade', silentFor: 1000 }),
  remadeJustNow: answers(restarted, { pod: 'remade', silentFor: 100 }),
  remadeEmpty: answers({ ...restarted, data: { ...data, keys: 0 } }, { pod: 'remade', silentFor: 5000 }),
  silentBriefly: answers(serving, { pod: 'silent', silentFor: 999 }),
  silentLong: answers(serving, { pod: 'silent', silentFor: 1000 }),
  silentAlone: answers({ ...serving, alone: true }, { pod: 'silent', silentFor: 5000 }),
  silentAfterExit: answers(exited, { pod: 'silent', silentFor: 10 }),
  silentAndEnded: answers(serving, { pod: 'silent', silentFor: 10, ended: true }),
  silentOutOfService: answers(serving, { pod: 'silent', silentFor: 10, outOfService: true }),
  missing: answers({}, { pod: 'missing', silentFor: 5000 }),
  missingJustNow: answers({}, { pod: 'missing', silentFor: 100 }),
  restartedSaved: answers({ ...restarted, data: { ...data, saved: term } }),
  restartedSavedBefore: answers({ ...restarted, data: { ...data, saved: term - 1 } }),
};

/** Every state of an instance that might follow. */
export const followerStates: Readonly<Record<string, State>> = {
  missing: answers({}, { pod: 'missing' }),
  synced: answers({ ...synced, offset: 50 }),
  syncedFurther: answers({ ...synced, offset: 90 }),
  witness: answers({ ...synced, offset: 90, upstream: { ...upstream, heardMsAgo: 400 } }),
  hearsTheNewPod: answers({
    ...synced,
    offset: 90,
    upstream: { ...upstream, address: newAddress, heardMsAgo: 10 },
  }),
  promisedYoung: answers(promised(10)),
  promisedOld: answers(promised(5000)),
  promisedLater: answers(promised(5000, 2)),
  cutOff: answers({ ...synced, offset: 90, upstream: { ...upstream, linkUp: false, inSync: false } }),
  deleting: answers({ ...synced, offset: 90 }, { deleting: true }),
  empty: answers({ ...synced, offset: 90, data: { ...data, keys: 0 } }),
  otherHistory: answers({ ...synced, offset: 99, replicationId: 'other' }),
  loading: answers({ ...synced, offset: 99, process: { ...running, state: 'loading' } }),
  userFenced: answers({ ...synced, offset: 99, fencedByUser: true }),
  refusing: answers({ ...synced, offset: 90, writesRefused: 'MISCONF' }),
  unproved: answers({ ...synced, syncedTerm: term - 1, offset: 99 }),
  restarted: answers(restarted),
  silentBriefly: answers({ ...synced, offset: 99 }, { pod: 'silent', silentFor: 100 }),
  silentLong: answers({ ...synced, offset: 99 }, { pod: 'silent', silentFor: 5000 }),
  hungBriefly: answers({ ...synced, offset: 40, answeredMsAgo: 300 }),
  unheardBriefly: answers({}, { pod: 'unheard', silentFor: 100 }),
};

const blank: Omit<InstanceReport, 'pod' | 'podUID'> = {
  managerVersion: 'test',
  clock: 0,
  engine: undefined,
  process: running,
  role: 'fenced',
  term: 0,
  promise: undefined,
  leaseLeftMs: undefined,
  fencedByUser: false,
  writesRefused: undefined,
  bootTerm: 0,
  syncedTerm: 0,
  fence: undefined,
  replicationId: 'one',
  offset: 0,
  upstream: undefined,
  connectedReplicas: 0,
  data,
  configError: undefined,
  pendingRestart: [],
};

export const reportIn = (name: string, { pod, report }: State): InstanceReport => ({
  ...blank,
  pod: name,
  podUID: pod === 'remade' ? `new-${name}` : `uid-${name}`,
  ...report,
});

function sightingOf(name: string, state: State): InstanceView['sighting'] {
  if (state.pod === 'missing') return { kind: 'absent' };
  const report = reportIn(name, state);
  if (!isSilent(state)) return { kind: 'reported', report };
  const last = state.pod === 'silent' ? report : undefined;
  return { kind: 'silent', because: 'test', for: milliseconds(state.silentFor), last };
}

const isSilent = ({ pod }: State): boolean => pod === 'silent' || pod === 'unheard';

/** By state, name and freshness: the views share their instances, which nobody changes. */
const made = new Map<State, Map<string, InstanceView>>();

export function instanceIn(name: string, state: State, fresh: boolean): InstanceView {
  const ofState = made.get(state) ?? new Map<string, InstanceView>();
  made.set(state, ofState);
  const key = fresh ? name : `${name}, not fresh`;
  const instance = ofState.get(key) ?? makeInstance(name, state, fresh);
  ofState.set(key, instance);
  return instance;
}

function makeInstance(name: string, state: State, fresh: boolean): InstanceView {
  const uid = state.pod === 'remade' ? `new-${name}` : `uid-${name}`;
  return {
    name,
    ordinal: Number(name.at(-1)),
    pod:
      state.pod === 'missing'
        ? undefined
        : {
            name,
            uid,
            ip: state.pod === 'remade' ? newAddress : '10.0.0.1',
            node: { name: 'node', schedulable: true, outOfService: state.outOfService },
            ended: undefined,
            phase: 'Running',
            ready: true,
            deleting: state.deleting,
            createdAt: instant(0),
            specHash: 'same',
            parts: {},
            resources: undefined,
            owner: 'ours',
            roleLabel: undefined,
            trouble: undefined,
          },
    claim: {
      uid: `claim-${name}`,
      bound: true,
      deleting: false,
      storageClassName: undefined,
      requestedBytes: 0n,
      capacityBytes: 0n,
      resizeError: undefined,
      refusal: undefined,
      madeForThisCluster: fresh,
    },
    sighting: sightingOf(name, state),
    lastReport: state.pod === 'missing' || state.pod === 'unheard' ? undefined : reportIn(name, state),
    missedFor: milliseconds(isSilent(state) ? state.silentFor : 0),
  };
}

/** The tenure of redis-0 in `term`, as `state` shows it. */
export function heldBy(state: State, fencedFor: number | undefined, failingFor = 1000): HeldTenure {
  return {
    kind: 'held',
    term,
    target: 'redis-0',
    targetUID: 'uid-redis-0',
    targetRun: state.named ? 'first' : undefined,
    current: fencedFor === undefined ? 'redis-1' : 'redis-0',
    fencedFor: fencedFor === undefined ? undefined : milliseconds(fencedFor),
    silentFor: milliseconds(state.pod === 'there' ? 0 : state.silentFor),
    failingFor: milliseconds(failingFor),
    ended: state.ended ? 'with code 137' : undefined,
    lastServed: { ...reportIn('redis-0', state), replicationId: 'one', offset: 95 },
  };
}

export const nobodyFenced: UserFence = { kind: 'named', pods: [] };

export const viewOf = (
  tenure: TenureView,
  states: readonly State[],
  more: Partial<ClusterView> & { readonly fresh?: boolean } = {},
): ClusterView => ({
  now: instant(1_000_000),
  cluster: { name: 'redis', namespace: 'test', uid: 'uid', createdAt: instant(0) },
  wantedInstances: states.length,
  deleting: false,
  reconcileDisabled: false,
  takeOverAsked: false,
  storage: { type: 'pvc', storageClassName: undefined, sizeBytes: 0n, autoGrow: undefined },
  planned: {
    parts: {},
    generation: 0,
    primaryUpdate: 'unsupervised',
    dataEndsWithPod: false,
    hibernating: false,
    maintenance: false,
    mayRoll: true,
    managers: { wanted: undefined, attempts: new Map() },
    resizes: { wanted: { requests: {}, limits: {} }, allowed: true, refused: undefined, waits: new Map() },
  },
  wantedHash: new Map(),
  tenure,
  policy,
  userFence: nobodyFenced,
  proxiesBusyFor: milliseconds(0),
  danglingClaims: [],
  request: {
    to: undefined,
    answered: false,
    askedFor: milliseconds(0),
    refusedAgo: undefined,
    planned: false,
  },
  instances: new Map(
    states.map((state, index) => [
      names[index] ?? '',
      instanceIn(names[index] ?? '', state, more.fresh ?? true),
    ]),
  ),
  ...more,
});

/** How long the fence and the failure are known, in milliseconds, with the policies and user's fences that can matter then. */
const situations: readonly (Partial<ClusterView> & {
  readonly fencedFor: number | undefined;
  readonly failingFor?: number;
})[] = [
  { fencedFor: undefined, failingFor: 0 },
  { fencedFor: undefined, failingFor: 499, policy: { ...policy, minSyncReplicas: 1 } },
  ...[undefined, 100, policy.settling, 2 * policy.settling].map((fencedFor) => ({ fencedFor })),
  ...[undefined, policy.settling].flatMap((fencedFor) => [
    { fencedFor, policy: { ...policy, minSyncReplicas: 1, maxLagBytes: 20 } },
    { fencedFor, policy: { ...policy, minSyncReplicas: 2, volumeKeepsWrites: false } },
    { fencedFor, userFence: { kind: 'named', pods: ['redis-0'] } as const },
    { fencedFor, userFence: { kind: 'named', pods: ['redis-1'] } as const },
    { fencedFor, userFence: { kind: 'unreadable', problem: 'test' } as const },
  ]),
];

/** Each pair once: which of the two has which name matters for ties only. */
const pairs = Object.values(followerStates).flatMap((one, index, all) =>
  all.slice(index).map((other) => [one, other] as const),
);

/** Views of a cluster whose primary was appointed. */
export function* everyHeldView(): Generator<ClusterView> {
  for (const primary of Object.values(primaryStates)) {
    for (const { fencedFor, failingFor, ...more } of situations) {
      const tenure = heldBy(primary, fencedFor, failingFor);
      for (const pair of pairs) yield viewOf(tenure, [primary, ...pair], more);
    }
  }
}

/** Views of a cluster in which nobody was appointed yet, or nobody can read who was. */
export function* everyVacantView(): Generator<ClusterView> {
  const states = [...Object.values(followerStates), ...Object.values(primaryStates).slice(0, 15)];
  for (const tenure of [{ kind: 'vacant' }, { kind: 'unreadable', problem: 'test' }] as const) {
    for (const a of states) {
      for (const b of states) {
        for (const fresh of [true, false]) {
          yield viewOf(tenure, [a, b, followerStates['restarted'] ?? a], { fresh });
          yield viewOf(tenure, [a, b], { fresh, userFence: { kind: 'unreadable', problem: 'test' } });
        }
      }
    }
  }
}
