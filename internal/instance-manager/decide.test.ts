import assert from 'node:assert/strict';
import { test } from 'node:test';
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
import { isPromise, sameTenure, type Tenure, type TermRecord } from './tenure.ts';

const me = 'orders-0';
const other = 'orders-1';
const ownAddress: Address = { host: '10.0.0.1', port: 6379 };
const otherAddress: Address = { host: '10.0.0.2', port: 6379 };
const oldAddress: Address = { host: '10.0.0.9', port: 6379 };

const terms = [1, 2, 3];
const tenures: readonly (Tenure | undefined)[] = [
  undefined,
  ...terms.flatMap((term) =>
    [me, other].flatMap((primary) => [true, false].map((fenced) => ({ term, primary, fenced }))),
  ),
];
const records: readonly (TermRecord | undefined)[] = [
  undefined,
  { term: 0, role: undefined },
  ...terms.flatMap((term) => (['primary', 'replica', undefined] as const).map((role) => ({ term, role }))),
];
const servers: readonly RedisRole[] = [undefined, nowhere, otherAddress, oldAddress].flatMap((follows) =>
  [0, 1, closedGate].map((writeGate) => ({ follows, writeGate })),
);

const boots = [undefined, 0, 1, 2, 3].flatMap((bootTerm) =>
  [true, false].flatMap((alone) => [0, 1].map((minSyncReplicas) => ({ bootTerm, alone, minSyncReplicas }))),
);
const proofs = [
  { proved: true, promiseAsked: undefined, linkLacksHistory: false },
  { proved: false, promiseAsked: undefined, linkLacksHistory: true },
  { proved: true, promiseAsked: 2, linkLacksHistory: true },
  { proved: false, promiseAsked: 3, linkLacksHistory: false },
];
const states = records.flatMap((record) =>
  servers.flatMap((redis) =>
    boots.flatMap((boot) => proofs.map((proof) => ({ record, redis, ...boot, ...proof }))),
  ),
);

function* everyView(): Generator<RoleView> {
  for (const tenure of tenures) {
    for (const confirmed of new Set([undefined, tenure, tenures[1], tenures[12]])) {
      for (const primaryAddress of [undefined, otherAddress, ownAddress]) {
        for (const state of states)
          yield { pod: me, ownAddress, tenure, confirmed, primaryAddress, ...state };
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
  'nobody becomes writable in a term that was in force when its redis-server started, a cluster of one excepted':
    (view, step) =>
      step.kind !== 'promote' ||
      (view.bootTerm !== undefined &&
        view.tenure !== undefined &&
        (view.tenure.term > view.bootTerm || view.alone)),
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
  'every step says why': (_, step) => step.because !== '',
};

test('every law of the own role holds in every view', () => {
  let views = 0;
  for (const view of everyView()) {
    const step = decideRole(view);
    views += 1;
    for (const [law, holds] of Object.entries(laws)) {
      if (!holds(view, step)) assert.fail(`${law}: ${JSON.stringify({ view, step })}`);
    }
  }
  assert.ok(views > 100_000, `only ${views} views`);
});

/** What the world looks like after a step was carried out, while nothing else happens. */
function after(view: RoleView, step: RoleStep): RoleView {
  const { redis } = view;
  switch (step.kind) {
    case 'keep':
      return view;
    case 'confirm':
      return { ...view, confirmed: view.tenure, proved: true };
    case 'adopt':
      return { ...view, record: step.record };
    case 'promote':
      return { ...view, redis: { follows: undefined, writeGate: step.minReplicas } };
    case 'regate':
      return { ...view, redis: { ...redis, writeGate: step.minReplicas } };
    case 'fence':
      return { ...view, redis: { ...redis, writeGate: closedGate } };
    case 'detach':
      return { ...view, linkLacksHistory: false, redis: { ...redis, follows: nowhere } };
    case 'follow':
      return { ...view, linkLacksHistory: false, redis: { ...redis, follows: step.address } };
  }
}

function settle(first: RoleView): RoleView {
  let view = first;
  for (let steps = 0; steps < 6; steps += 1) {
    const step = decideRole(view);
    if (step.kind === 'keep') return view;
    view = after(view, step);
  }
  return assert.fail(`never settles: ${JSON.stringify(first)}`);
}

/** What must hold of a settled role, whichever view it came from. */
const settled: Readonly<Record<string, (view: RoleView) => boolean>> = {
  'only the unfenced primary of the tenure takes writes, and its record says so': ({
    tenure,
    redis,
    record,
  }) => !isWritable(redis) || (tenure?.primary === me && !tenure.fenced && record?.role === 'primary'),
  'a replica follows the primary wherever that is': ({ tenure, redis, primaryAddress }) =>
    tenure?.primary !== other ||
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

const brokenRule = (view: RoleView): string | undefined =>
  readable(view) ? Object.entries(settled).find(([, holds]) => !holds(view))?.[0] : undefined;

test('from every view with a tenure to obey the role settles within six steps, and as the tenure says', () => {
  for (const first of everyView()) {
    const last = settle(first);
    if (promised(last) && !isIdle(last)) assert.fail(`not idle: ${JSON.stringify({ first, last })}`);
    const broken = brokenRule(last);
    if (broken !== undefined) assert.fail(`${broken}: ${JSON.stringify({ first, last })}`);
  }
});

const appointed: RoleView = {
  pod: me,
  tenure: { term: 2, primary: me, fenced: false },
  confirmed: undefined,
  primaryAddress: ownAddress,
  ownAddress,
  bootTerm: 1,
  proved: false,
  promiseAsked: undefined,
  linkLacksHistory: false,
  alone: false,
  record: { term: 1, role: 'replica' },
  minSyncReplicas: 1,
  redis: { follows: otherAddress, writeGate: closedGate },
};

test('a replica that is appointed asks, writes it down, and only then becomes primary', () => {
  const kinds: string[] = [];
  for (let view = appointed; ; ) {
    const step = decideRole(view);
    kinds.push(step.kind);
    if (step.kind === 'keep') break;
    view = after(view, step);
  }
  assert.deepEqual(kinds, ['confirm', 'adopt', 'promote', 'keep']);
});

test('a primary that is succeeded stops taking writes first, and only then writes down and follows', () => {
  const view: RoleView = {
    ...appointed,
    tenure: { term: 3, primary: other, fenced: false },
    primaryAddress: otherAddress,
    proved: true,
    record: { term: 2, role: 'primary' },
    redis: { follows: undefined, writeGate: 1 },
  };
  const steps = [decideRole(view)];
  for (let at = view; steps.at(-1)?.kind !== 'keep'; ) {
    at = after(at, steps.at(-1) ?? assert.fail());
    steps.push(decideRole(at));
  }
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['fence', 'adopt', 'follow', 'keep'],
  );
});

test('a restarted primary waits for a new appointment and says so; a cluster of one goes on', () => {
  const restarted: RoleView = {
    ...appointed,
    bootTerm: 2,
    record: { term: 2, role: 'primary' },
    redis: { follows: undefined, writeGate: closedGate },
  };
  assert.deepEqual(decideRole(restarted), {
    kind: 'keep',
    because: 'it was appointed in term 2, before this redis-server started; a new appointment must come',
  });
  assert.equal(decideRole({ ...restarted, alone: true }).kind, 'confirm');
});

test('a fence that is lifted lets the same primary go on in its term', () => {
  const primary: RoleView = {
    ...appointed,
    record: { term: 2, role: 'primary' },
    redis: { follows: undefined, writeGate: closedGate },
  };
  assert.equal(settle(primary).redis.writeGate, 1);
});

test('a primary whose proofs have run out stops, and goes on in its term as soon as there is another', () => {
  const primary: RoleView = {
    ...appointed,
    record: { term: 2, role: 'primary' },
    redis: { follows: undefined, writeGate: 1 },
  };
  const fence = decideRole(primary);
  assert.deepEqual(fence, {
    kind: 'fence',
    because: 'there is no proof any more that nobody else may write',
  });
  const waiting = after(primary, fence);
  assert.equal(decideRole(waiting).kind, 'confirm');
  assert.equal(decideRole({ ...waiting, proved: true }).kind, 'promote');
});

test('a replica that promises writes it down, then follows nobody, and obeys the term when it comes', () => {
  const asked: RoleView = {
    ...appointed,
    tenure: { term: 2, primary: other, fenced: true },
    primaryAddress: otherAddress,
    record: { term: 2, role: 'replica' },
    promiseAsked: 3,
  };
  const first = decideRole(asked);
  assert.equal(first.kind === 'adopt' && first.record.role, undefined);
  const written = after(asked, first);
  assert.equal(decideRole(written).kind, 'detach');
  const idle = after(written, decideRole(written));
  assert.equal(decideRole(idle).kind, 'keep');
  const tenure = { term: 3, primary: me, fenced: false };
  assert.equal(settle({ ...idle, tenure }).redis.writeGate, 1);
});
