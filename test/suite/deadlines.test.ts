import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silenceError } from '../../internal/kube/errors.ts';
import { assertShorter, DeadlineMissed, upToThree, wasLate } from './deadlines.ts';

const folder = mkdtempSync(join(tmpdir(), 'deadlines-'));
const file = join(folder, 'some.test.ts');
after(() => rmSync(folder, { recursive: true }));

const beginning = `
  import assert from 'node:assert/strict';
  import { before, beforeEach, describe, test } from 'node:test';
  import { silenceError } from '${join(import.meta.dirname, '../../internal/kube/errors.ts')}';
  import { DeadlineMissed } from '${join(import.meta.dirname, 'deadlines.ts')}';
`;

/** What the reporter leaves behind of the tests in `code`. */
async function counted(code: string): Promise<unknown> {
  writeFileSync(file, beginning + code);
  const reporter = join(import.meta.dirname, 'counting-reporter.ts');
  const flags = [
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    '--test-isolation=none',
  ];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return await new Promise((resolve) =>
    execFile(process.execPath, ['--test', ...flags, file], { env }, (_failure, output) =>
      resolve(JSON.parse(output)),
    ),
  );
}

test('a test, a hook and a test in a suite that missed a deadline were late', async () => {
  const code = `
    test('passes', () => undefined);
    test('late', () => { throw new DeadlineMissed('x'); });
    describe('suite', () => {
      before(() => { throw new DeadlineMissed('x'); });
      test('never begun', () => undefined);
    });
    describe('suite', () => {
      beforeEach(() => { throw new DeadlineMissed('x'); });
      test('begun too late', () => undefined);
    });
    describe('suite', () => test('late', async () => { throw new DeadlineMissed('x'); }));
    test('late each time', () => { throw new AggregateError([1, 2].map((x) => new DeadlineMissed(x)), 'y'); });
  `;
  const failures = ['late: x', 'suite: x', 'begun too late: x', 'late: x', 'late each time: y (1; 2)'];
  const late = { onlyLate: true, lateFiles: [file], failures };
  assert.deepEqual(await counted(code), { passed: 1, failed: 5, skipped: 0, ...late });
});

test('a request that the API server did not answer in time was late, and one that it did not answer at all was not', async () => {
  const code = `
    test('slow', () => { throw silenceError('timeout', 'GET /a'); });
    test('away', () => { throw silenceError('unreachable', 'GET /a'); });
  `;
  const failures = ['slow: GET /a: no answer in time', 'away: GET /a: no answer'];
  assert.deepEqual(await counted(code), {
    passed: 0,
    failed: 2,
    skipped: 0,
    onlyLate: false,
    lateFiles: [file],
    failures,
  });
  assert.equal(wasLate(silenceError('timeout', 'GET /a', undefined)), true);
});

test('a deadline that was missed excuses no other failure', async () => {
  const code = `
    test('late', () => { throw new DeadlineMissed('x'); });
    test('wrong', () => assert.equal(1, 2));
    test('wrong once', () => { throw new AggregateError([new DeadlineMissed('x'), new Error('z')], 'y'); });
  `;
  const wrong = 'wrong: Expected values to be strictly equal: 1 !== 2';
  const failures = ['late: x', wrong, 'wrong once: y (x; z)'];
  const late = { onlyLate: false, lateFiles: [file], failures };
  assert.deepEqual(await counted(code), { passed: 0, failed: 3, skipped: 0, ...late });
});

test('a test that broke its own time limit, or rejected with anything else, is not late', async () => {
  const code = "test('endless', { timeout: 20 }, () => new Promise((resolve) => setTimeout(resolve, 200)));";
  const failures = ['endless: test timed out after 20ms'];
  const late = { onlyLate: false, lateFiles: [], failures };
  assert.deepEqual(await counted(code), { passed: 0, failed: 1, skipped: 0, ...late });
});

test('what takes as long as its limit, or longer, has missed it', () => {
  assertShorter(1, 2, 'a write');
  assert.throws(() => assertShorter(2, 2, 'a write'), DeadlineMissed);
});

test('what failed without any reason was not late', () => {
  assert.equal(wasLate(new AggregateError([], 'x')), false);
});

test('a measurement is made again only while none was below its limit, and twice at most', async () => {
  const measuring = async (...values: number[]): Promise<readonly number[]> =>
    await upToThree(5, () => Promise.resolve(values.shift() ?? assert.fail('it was measured too often')));
  assert.deepEqual(await measuring(4), [4]);
  assert.deepEqual(await measuring(5, 4), [5, 4]);
  assert.deepEqual(await measuring(7, 6, 5), [7, 6, 5]);
});
