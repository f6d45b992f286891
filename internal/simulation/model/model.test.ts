import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './explore.ts';
import { allGuards } from './guards.ts';
import { mutants } from './mutants.ts';
import { handingOver, oneFaultOfTwo, outlived, restartedMeanwhile, type Scope, succeeded } from './scope.ts';

/** All of them take half a minute: the rest is for `make model`. */
const quick = 3000;

test('whatever one fault does to a cluster of two, no rule is broken', () => {
  const { whole, broken, states } = explore(oneFaultOfTwo);
  assert.equal(broken, undefined);
  assert.ok(whole, 'every state of the scope was met');
  assert.ok(states > 30_000, `${states} states`);
});

test('a pod that outlived its object does not take the appointment of its namesake for its own', () => {
  assert.equal(explore(outlived).broken, undefined);
});

test('a hand-over that nothing disturbs ends with one primary at a time, whenever it is asked for or recalled', () => {
  const { whole, broken, states } = explore({ ...handingOver, faults: 0, terms: 3, versions: 5 });
  assert.equal(broken, undefined);
  assert.ok(whole && states > 30_000, `${states} states`);
});

test('a successor leads before it is recorded, and whatever goes wrong first, nobody leads beside it', () => {
  assert.equal(explore(succeeded, undefined, 10 * quick).broken, undefined);
});

test('a candidate that is restarted while its appointment is written does not take it for its own', () => {
  assert.equal(explore(restartedMeanwhile, undefined, quick).broken, undefined);
});

test('the same scope is explored in the same way each time', () => {
  const scope: Scope = { ...oneFaultOfTwo, kinds: ['redis crashes', 'freeze'] };
  assert.deepEqual(explore(scope), explore(scope));
});

const caught = mutants.map((mutant) => ({ mutant, found: explore(mutant.scope, mutant.guards, quick) }));

for (const { mutant, found } of caught.filter(({ found: { broken } }) => broken !== undefined)) {
  test(`the model shows what happens when ${mutant.name}`, () => {
    assert.ok(found.broken?.rule.startsWith(`${mutant.breaks}: `), String(found.broken?.rule));
    assert.equal(explore(mutant.scope, allGuards, quick).broken, undefined, 'with the guard all is well');
  });
}

test('nearly half of the guards are shown to matter within a second, fence and margin among them', () => {
  const names = caught.filter(({ found }) => found.broken !== undefined).map(({ mutant }) => mutant.breaks);
  assert.ok(names.length >= 8, `${names.length} of ${mutants.length}`);
});
