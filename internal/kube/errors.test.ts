import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedToWait, hasCode, isKubeError, refusalError, silenceError } from './errors.ts';

const status = (reason: string, details?: unknown): string =>
  JSON.stringify({ kind: 'Status', message: `it said ${reason}`, reason, details });

const codes = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  410: 'expired',
  422: 'invalid',
  429: 'tooManyRequests',
  500: 'refused',
} as const;
for (const [number, code] of Object.entries(codes)) {
  test(`the answer ${number} is told as ${code}, in the API server's words`, () => {
    const error = refusalError({ status: Number(number), body: status('something') }, 'GET /a');
    assert.deepEqual(error.details, { code, status: Number(number), retryAfterSeconds: undefined });
    assert.equal(error.message, `GET /a: ${number}: it said something`);
    assert.ok(hasCode(error, code) && isKubeError(error));
  });
}

test('of conflicts, an object that is there already has a code of its own', () => {
  assert.ok(hasCode(refusalError({ status: 409, body: status('AlreadyExists') }, 'POST'), 'alreadyExists'));
  assert.ok(hasCode(refusalError({ status: 409, body: status('Conflict') }, 'PUT'), 'conflict'));
});

test('what is refused because its namespace is being deleted has a code of its own', () => {
  const body = status('Forbidden', {
    causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }],
  });
  assert.ok(hasCode(refusalError({ status: 403, body }, 'POST'), 'namespaceTerminating'));
  for (const causes of [[], [null], [{ reason: 'Another' }], 'none'])
    assert.ok(
      hasCode(refusalError({ status: 403, body: status('Forbidden', { causes }) }, 'POST'), 'forbidden'),
    );
});

test('how long to stay away is read from the body, and from the header where the body says nothing', () => {
  const waitOf = (body: string, retryAfter?: string): number =>
    askedToWait(refusalError({ status: 429, body, retryAfter }, 'GET'));
  assert.equal(waitOf(status('TooManyRequests', { retryAfterSeconds: 7 }), '1'), 7000);
  assert.equal(waitOf('Too many requests, please try again later.', '1'), 1000);
  assert.equal(waitOf(status('TooManyRequests'), 'Wed, 21 Oct 2026 07:28:00 GMT'), 0);
  assert.equal(waitOf(status('TooManyRequests')), 0);
  assert.equal(askedToWait(new Error('a bug')), 0);
});

test('an answer that is no Status is shown as it is, and not whole', () => {
  const error = refusalError({ status: 502, body: `<html>${'x'.repeat(1000)}` }, 'GET /a');
  assert.match(error.message, /^GET \/a: 502: <html>x{250}$/);
  assert.match(refusalError({ status: 502, body: 'null' }, 'GET /a').message, /null$/);
});

test('no answer is told from an answer that took too long, with its cause', () => {
  const cause = new Error('ECONNRESET');
  assert.equal(silenceError('unreachable', 'GET /a', cause).message, 'GET /a: no answer');
  assert.equal(silenceError('timeout', 'GET /a', cause).message, 'GET /a: no answer in time');
  assert.equal(silenceError('timeout', 'GET /a', cause).cause, cause);
});

test('what is no error of ours has no code', () => {
  for (const thrown of [new Error('x'), undefined, { details: { code: 'conflict' } }])
    assert.ok(!hasCode(thrown, 'conflict'));
});
