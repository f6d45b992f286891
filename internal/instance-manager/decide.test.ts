import assert from 'node:assert/strict';
import { test } from 'node:test';
import { me, open, other, otherAddress, ownAddress, settle } from './decide.fixture.ts';
import {
  type Address,
  closedGate,
  decideRole,
  followsSomebody,
  isAt,
  isWritable,
  nowhere,
  type RedisRole,
  type RoleStep,
  type RoleView,
} from './decide.ts';
import { isSame } from './same.ts';
import { isPromise, ledIn, sameTenure, type Tenure, type TermRecord } from './tenure.ts';

const oldAddress: Address = { host: '10.0.0.9', port: 6379 };

const terms = [1, 2, 3];
const tenures: readonly (Tenure | undefined)[] = [
  undefined,
  ...terms.flatMap((term) =>
    [me, other].flatMap((primary) => [true, false].map((fenced) => ({ term, primary, fenced }))),
  ),
  ...[1, 2].flatMap((term) => ['first', 'second'].map((run) => ({ term, primary: me, fenced: false, run }))),
];
const records: readonly (TermRecord | undefined)[] = [
  undefined,
  { term: 0, role: undefined },
  ...terms.flatMap((term) => (['primary', 'replica', undefined] as const).map((role) => ({ term, role }))),
  { term: 2, role: 'replica', led: 1 },
  { term: 2, role: undefined, led: 1 },
];
const servers: readonly RedisRole[] = [undefined, nowhere, otherAddress, oldAddress].flatMap((follows) =>
  [0, 1, closedGate].map((writeGate) => ({ follows, writeGate })),
);

const boots = [undefined, 0, 1, 2, 3].flatMap((bootTerm) =>
  [true, false].flatMap((alone) => [0, 1].map((minSyncReplicas) => ({ bootTerm, alone, minSyncReplicas }))),
);
const proofs = [
  { proved: true, promiseAsked: undefined, linkLacksHistory: false, inSync: true, aside: 'none' },
  { proved: false, promiseAsked: undefined, linkLacksHistory: true, inSync: false, aside: 'saving' },
  { proved: true, promiseAsked: 2, linkLacksHistory: true, inSync: false, aside: 'none' },
  { proved: false, promiseAsked: 3, linkLacksHistory: false, inSync: false, aside: 'wanted' },
] as const;
const own = { pod: me, run: 'second', ownAddress, ...open };
const states = records.flatMap((record) =>
  servers.flatMap((redis) =>
    boots.flatMap((boot) => proofs.map((proof) => ({ ...own, record, redis, ...boot, ...proof }))),
  ),
);

function* everyView(): Generator<RoleView> {
  for (const tenure of tenures) {
    for (const confirmed of new Set([undefined, tenure, tenures[1], tenures[12]])) {
      for (const primaryAddress of [undefined, otherAddress, ownAddress]) {
        for (const state of states) yield { ...state, tenure, confirmed, primaryAddress };
      }
    }
  }
}

const readable = ({ tenure, record }: RoleView): boolean =>
  tenure !== undefined && record !== undefined && tenure.term >= record.term;

/** It has promised a term, or is asked to, that is later than the tenure's. */
const promised = ({ tenure, record, promiseAsked }: RoleView): boolean =>
  (isPromise(record) && record.term > (tenure?.term ?? 0)) ||
  (promiseAsked !== undefined &&
    record !== undefined &&
    promiseAsked > Math.max(tenure?.term ?? 0, record.term));

const laws: Readonly<Record<string, (view: RoleView, step: RoleStep) => boolean>> = {
  'nobody becomes writable unless the tenure names it, unfenced, and a live read or a proof says the same': (
    view,
    step,
  ) =>
    step.kind !== 'promote' ||
    (view.tenure?.primary === me &&
      !view.tenure.fenced &&
      (view.proved || (view.confirmed !== undefined && sameTenure(view.tenure, view.confirmed)))),
  'a term is taken up only after a live read of it': (view, step) =>
    step.kind !== 'adopt' ||
    step.record.role !== 'primary' ||
    (view.tenure !== undefined && view.confirmed !== undefined && sameTenure(view.tenure, view.confirmed)),
  'nobody becomes writable, or stays so, without a proof, a cluster of one excepted': (view, step) =>
    view.proved ||
    view.alone ||
    (isWritable(view.redis) ? step.kind === 'fence' : step.kind !== 'promote' && step.kind !== 'regate'),
  'nobody becomes writable, or stays so, or follows, after a promise of a later term': (view, step) =>
    !promised(view) ||
    (isWritable(view.redis)
      ? step.kind === 'fence'
      : step.kind !== 'promote' && step.kind !== 'regate' && step.kind !== 'follow'),
  'who has promised a later term follows nobody': (view, step) =>
    !(promised(view) && isPromise(view.record) && followsSomebody(view.redis)) ||
    step.kind === 'detach' ||
    step.kind === 'adopt',
  'a promise is on the volume before it detaches anybody': (view, step) =>
    step.kind !== 'detach' ||
    readable(view) ||
    (isPromise(view.record) && promised(view)) ||
    view.record === undefined,
  'what is promised is what was asked, and later than anything obeyed': (view, step) =>
    step.kind !== 'adopt' ||
    step.record.role !== undefined ||
    (step.record.term === view.promiseAsked &&
      step.record.term > (view.tenure?.term ?? 0) &&
      step.record.term > (view.record?.term ?? view.bootTerm ?? step.record.term)),
  'nobody becomes writable in a term that names no process and was in force when its redis-server started, a cluster of one excepted':
    (view, step) =>
      step.kind !== 'promote' ||
      view.tenure === undefined ||
      view.tenure.run !== undefined ||
      (view.bootTerm !== undefined && (view.tenure.term > view.bootTerm || view.alone)),
  'nobody takes up a term, or becomes writable in it, that names another process, a cluster of one excepted':
    (view, step) =>
      (step.kind !== 'promote' && !(step.kind === 'adopt' && step.record.role === 'primary')) ||
      view.tenure?.run === undefined ||
      view.tenure.run === view.run ||
      view.alone,
  'the process that a term names needs no boot term to obey it': (view, step) =>
    view.tenure?.run !== view.run || !/not known yet/.test(step.because),
  'nobody becomes writable before term and role are on the volume': (view, step) =>
    step.kind !== 'promote' || (view.record?.term === view.tenure?.term && view.record?.role === 'primary'),
  'who served a term as a replica never becomes its primary': (view, step) =>
    step.kind !== 'promote' || view.record?.role !== 'replica',
  'the record never goes back to an older term': (view, step) =>
    step.kind !== 'adopt' || view.record === undefined || step.record.term >= view.record.term,
  'a role is adopted only as the tenure gives it': (view, step) =>
    step.kind !== 'adopt' ||
    step.record.role === undefined ||
    (step.record.term === view.tenure?.term &&
      (step.record.role === 'primary') === (view.tenure.primary === me)),
  'an older tenure changes nothing, as long as nothing was promised and writes are proved': (view, step) =>
    view.tenure === undefined ||
    view.record === undefined ||
    view.tenure.term >= view.record.term ||
    promised(view) ||
    step.kind === 'keep' ||
    (step.kind === 'fence' && !view.proved),
  'a tenure that cannot be compared with a lost record changes nothing unless it is new': (view, step) =>
    view.record !== undefined ||
    step.kind === 'keep' ||
    (step.kind === 'fence' && !view.proved) ||
    (view.bootTerm !== undefined && Math.max(view.tenure?.term ?? 0, view.promiseAsked ?? 0) > view.bootTerm),
  'a writable instance that the tenure does not name is fenced before all else': (view, step) =>
    !(readable(view) && view.tenure?.primary === other && isWritable(view.redis)) || step.kind === 'fence',
  'a writable primary whose tenure is fenced is fenced before all else': (view, step) =>
    !(readable(view) && view.tenure?.fenced && isWritable(view.redis)) || step.kind === 'fence',
  'what is not writable is not fenced again': (view, step) => step.kind !== 'fence' || isWritable(view.redis),
  'nobody follows itself': (_, step) => step.kind !== 'follow' || !isAt(step.address, ownAddress),
  'nobody follows before the term is on the volume, nor while it takes writes': (view, step) =>
    step.kind !== 'follow' ||
    (view.record?.term === view.tenure?.term &&
      view.record?.role === 'replica' &&
      !isWritable(view.redis) &&
      view.tenure?.primary === step.pod),
  'no instance changes its role while nobody has been appointed, but to promise or to stop writing': (
    view,
    step,
  ) =>
    view.tenure !== undefined ||
    step.kind === 'keep' ||
    promised(view) ||
    (view.record === undefined && step.kind === 'adopt' && step.record.role === undefined) ||
    (step.kind === 'fence' && (!view.proved || view.record === undefined)),
  'a primary with a proof keeps its role when the tenure is lost or old': (view, step) =>
    !(
      isWritable(view.redis) &&
      view.proved &&
      view.record !== undefined &&
      !promised(view) &&
      (view.tenure?.term ?? 0) < view.record.term
    ) || step.kind === 'keep',
  'nobody follows while its data is to be saved, or is being saved': (view, step) =>
    step.kind !== 'follow' || view.aside === 'none',
  'whoever led is remembered until it is in sync with another, or leads again': (view, step) =>
    step.kind !== 'adopt' ||
    step.record.role === 'primary' ||
    step.record.led === ledIn(view.record) ||
    (view.inSync && step.record.term === view.record?.term && step.record.role === view.record.role),
  'where nothing is to be done a later proof changes nothing: so a grant alone need not be thought over': (
    view,
    step,
  ) => step.kind !== 'keep' || isSame(decideRole({ ...view, proved: true }), step),
  'every step says why': (_, step) => step.because !== '',
};

test('every law of the own role holds in every view', () => {
  let views = 0;
  const all = Object.entries(laws);
  for (const view of everyView()) {
    const step = decideRole(view);
    views += 1;
    for (const [law, holds] of all) {
      if (!holds(view, step)) assert.fail(`${law}: ${JSON.stringify({ view, step })}`);
    }
  }
  assert.ok(views > 100_000, `only ${views} views`);
});

/** What must hold of a settled role, whichever view it came from. */
const settled: Readonly<Record<string, (view: RoleView) => boolean>> = {
  'only the unfenced primary of the tenure takes writes, and its record says so': ({
    tenure,
    redis,
    record,
  }) => !isWritable(redis) || (tenure?.primary === me && !tenure.fenced && record?.role === 'primary'),
  'a replica follows the primary wherever that is': ({ tenure, redis, primaryAddress, aside }) =>
    tenure?.primary !== other ||
    aside === 'saving' ||
    !isAt(primaryAddress, otherAddress) ||
    isAt(redis.follows, primaryAddress ?? nowhere),
  'a replica has the term on its volume': ({ tenure, record }) =>
    tenure?.primary !== other || (record?.term === tenure.term && record.role === 'replica'),
  'no primary but the one of a cluster of one takes writes without a proof': ({ redis, proved, alone }) =>
    !isWritable(redis) || proved || alone,
  'no replica stays with a link that lacks its history': ({
    tenure,
    linkLacksHistory,
    redis,
    primaryAddress,
  }) =>
    tenure?.primary !== other ||
    !linkLacksHistory ||
    primaryAddress === undefined ||
    !isAt(redis.follows, primaryAddress),
  'nobody is followed who cannot be named': ({ tenure, redis, primaryAddress }) =>
    tenure?.primary !== other || primaryAddress !== undefined || !followsSomebody(redis),
};

const isIdle = ({ redis, record }: RoleView): boolean =>
  !isWritable(redis) && !followsSomebody(redis) && isPromise(record);

const rules = Object.entries(settled);
const brokenRule = (view: RoleView): string | undefined =>
  readable(view) ? rules.find(([, holds]) => !holds(view))?.[0] : undefined;

test('from every view with a tenure to obey the role settles within six steps, and as the tenure says', () => {
  for (const first of everyView()) {
    const last = settle(first);
    if (promised(last) && !isIdle(last)) assert.fail(`not idle: ${JSON.stringify({ first, last })}`);
    const broken = brokenRule(last);
    if (broken !== undefined) assert.fail(`${broken}: ${JSON.stringify({ first, last })}`);
  }
});
