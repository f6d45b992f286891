import assert from 'node:assert/strict';
import { test } from 'node:test';
import { milliseconds, minutes, seconds } from '../time/units.ts';
import {
  decideRestart,
  describeExit,
  exitCodeOf,
  type Life,
  longestWait,
  longLife,
  successionTakes,
} from './restart.ts';

const alone = { alone: true };
const crashed: Life = { answered: true, lasted: seconds(5) };
const stillborn: Life = { answered: false, lasted: milliseconds(30) };
const long: Life = { answered: true, lasted: minutes(60) };
const times = (count: number, life: Life): readonly Life[] => Array.from({ length: count }, () => life);

test('one that has never answered is given up at once: its settings are at fault', () => {
  assert.equal(decideRestart([stillborn], alone).kind, 'giveUp');
});

test('one that crashes after a long life is started again without waiting', () => {
  assert.deepEqual(decideRestart([long], alone), { kind: 'restart', wait: 0 });
  assert.deepEqual(decideRestart([crashed], alone), { kind: 'restart', wait: 0 });
});

test('each further crash waits twice as long, up to a limit, until a long life clears the record', () => {
  const waits = [1, 2, 3, 4, 20].map((count) => decideRestart(times(count, crashed), alone));
  assert.deepEqual(
    waits.map((restart) => restart.kind === 'restart' && restart.wait),
    [0, 100, 200, 400, longestWait],
  );
  assert.deepEqual(decideRestart([...times(20, crashed), long], alone), { kind: 'restart', wait: 0 });
});

test('where another takes over, that comes first, and longer waits stay as they are', () => {
  const among = { alone: false };
  assert.deepEqual(decideRestart([long], among), { kind: 'restart', wait: successionTakes });
  assert.deepEqual(decideRestart(times(2, crashed), among), { kind: 'restart', wait: successionTakes });
  assert.deepEqual(decideRestart(times(4, crashed), among), decideRestart(times(4, crashed), alone));
});

test('one that once answered and then cannot start is given up after three attempts', () => {
  assert.equal(decideRestart([long, ...times(2, stillborn)], alone).kind, 'restart');
  assert.equal(decideRestart([long, ...times(3, stillborn)], alone).kind, 'giveUp');
});

test('a life that clears the record is longer than the longest wait, or a loop of crashes would never slow down', () => {
  assert.ok(longLife > longestWait);
});

test('an exit is told as a shell tells it', () => {
  assert.equal(exitCodeOf({ code: 3, signal: undefined }, {}), 3);
  assert.equal(exitCodeOf({ code: undefined, signal: 'SIGKILL' }, { SIGKILL: 9 }), 137);
  assert.equal(describeExit({ code: undefined, signal: 'SIGKILL' }), 'signal SIGKILL');
  assert.equal(describeExit({ code: 1, signal: undefined }), 'code 1');
});
