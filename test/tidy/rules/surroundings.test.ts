import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { surroundingsAreHanded } from './surroundings.ts';

const problemsOf = (path: string, text: string): readonly string[] =>
  surroundingsAreHanded(sample({ [path]: text }));

test('timers and clocks outside internal/time, chance and the process outside of cmd are named', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['setTimeout(one, 1);', /take a Clock/],
    ['clearInterval(timer);', /take a Clock/],
    ['AbortSignal.timeout(1);', /take a Clock/],
    ["import { setTimeout as sleep } from 'node:timers/promises';", /timers are made in internal\/time/],
    ['Date.now();', /take a Clock/],
    ['new Date();', /take a Clock/],
    ['performance.now();', /take a Clock/],
    ['Math.random();', /as a port/],
    ["process.env['HOME'];", /as an argument/],
  ];
  for (const [text, right] of wrong) {
    assert.match(problemsOf('internal/kube/a.ts', text).join(), right, text);
  }
});

test('nothing but main ends the process', () => {
  assert.match(
    problemsOf('internal/cmd/manager/instance/a.ts', 'process.exit(1);').join(),
    /only cmd\/manager/,
  );
  assert.match(problemsOf('cmd/manager/roles.ts', 'process.exit(1);').join(), /only cmd\/manager/);
  assert.deepEqual(problemsOf('cmd/manager/main.ts', 'process.exit(1);'), []);
});

test('each may be touched at home, and by tests', () => {
  assert.deepEqual(problemsOf('internal/time/a.ts', 'setTimeout(one, Date.now());'), []);
  assert.deepEqual(problemsOf('internal/cmd/manager/instance/a.ts', "Math.random(); process.env['A'];"), []);
  assert.deepEqual(problemsOf('internal/kube/a.test.ts', 'setTimeout(one, 1);'), []);
  assert.deepEqual(problemsOf('internal/kube/a.ts', 'facts.process.exit(1); sleep(1);'), []);
});
