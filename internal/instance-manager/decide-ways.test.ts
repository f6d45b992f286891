import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, me, open, other, otherAddress, ownAddress, settle } from './decide.fixture.ts';
import { closedGate, decideRole, nowhere, type RoleStep, type RoleView } from './decide.ts';

const appointed: RoleView = {
  ...open,
  pod: me,
  tenure: { term: 2, primary: me, fenced: false },
  confirmed: undefined,
  primaryAddress: ownAddress,
  ownAddress,
  run: 'second',
  bootTerm: 1,
  proved: false,
  promiseAsked: undefined,
  linkLacksHistory: false,
  inSync: false,
  aside: 'none',
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

test('what may be noted waits for all that has an effect', () => {
  const note = { term: 3, role: undefined, led: 3 } as const;
  const [noted, promoted] = [{ ...appointed, record: { term: 2, role: 'primary' } }, appointed].map(
    (view) => ({ ...view, note }) as RoleView,
  );
  assert.equal(decideRole(promoted ?? assert.fail()).kind, 'confirm');
  const serving: RoleView = {
    ...(noted ?? assert.fail()),
    proved: true,
    redis: { follows: undefined, writeGate: 1 },
  };
  assert.deepEqual(decideRole(serving), {
    kind: 'note',
    record: note,
    because: 'it may be appointed in term 3',
  });
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

test('a replica that restarted between the look at it and its appointment waits for a new one', () => {
  const tenure = { term: 2, primary: me, fenced: false, run: 'first' };
  const hasty: RoleView = { ...appointed, tenure, confirmed: tenure, proved: true };
  assert.deepEqual(decideRole(hasty), {
    kind: 'keep',
    because: 'another process than this redis-server was appointed in term 2; a new appointment must come',
  });
  assert.equal(decideRole({ ...hasty, run: 'first', bootTerm: undefined }).kind, 'adopt');
});

test('a primary that has handed over has nothing of its own: it follows at once, and is not remembered to have led', () => {
  const former: RoleView = {
    ...appointed,
    tenure: { term: 3, primary: other, fenced: false },
    primaryAddress: otherAddress,
    record: { term: 2, role: 'primary' },
    redis: { follows: undefined, writeGate: closedGate },
  };
  assert.deepEqual(settle({ ...former, handedOver: true }).record, { term: 3, role: 'replica' });
  assert.deepEqual(settle(former).record, { term: 3, role: 'replica', led: 2 });
});

test('an old primary that has what its successor has not saves that first, and forgets it led once in sync', () => {
  const demoted: RoleView = {
    ...appointed,
    tenure: { term: 3, primary: other, fenced: false },
    primaryAddress: otherAddress,
    record: { term: 2, role: 'primary' },
    redis: { follows: nowhere, writeGate: closedGate },
    aside: 'wanted',
  };
  const steps: RoleStep[] = [];
  let view = demoted;
  for (let step = decideRole(view); step.kind !== 'keep'; step = decideRole(view)) {
    steps.push(step);
    view = after(view, step);
  }
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ['adopt', 'keepAside', 'follow'],
  );
  assert.deepEqual(view.record, { term: 3, role: 'replica', led: 2 });
  assert.deepEqual(settle({ ...view, inSync: true }).record, { term: 3, role: 'replica' });
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

test('data that could not be loaded is not asked for while it waits, and is when the wait is over', () => {
  const replica: RoleView = {
    ...appointed,
    tenure: { term: 3, primary: other, fenced: false },
    primaryAddress: otherAddress,
    record: { term: 3, role: 'replica' },
  };
  const refused = { ...replica, syncWaits: "Can't handle RDB format version 11" };
  assert.equal(decideRole(replica).kind, 'keep');
  const detached = settle(refused);
  assert.deepEqual(detached.redis.follows, nowhere);
  assert.match(decideRole(detached).because, /could not be loaded: Can't handle RDB format version 11/);
  assert.deepEqual(settle({ ...detached, syncWaits: undefined }).redis.follows, otherAddress);
});
