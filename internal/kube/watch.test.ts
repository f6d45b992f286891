import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { hasCode } from './errors.ts';
import { watchEvents } from './watch.ts';

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const named = (name: string, resourceVersion = '1'): unknown => ({
  metadata: { name, resourceVersion, managedFields: [{ manager: 'somebody' }] },
});
const eventsIn = (...chunks: readonly string[]) =>
  watchEvents(() => Promise.resolve(Readable.from(chunks.map((chunk) => Buffer.from(chunk)))));

async function allOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test('each line is an event, without what nobody reads', async () => {
  const whole =
    line('ADDED', named('a')) + line('MODIFIED', named('a', '2')) + line('DELETED', named('a', '3'));
  const bookmark = line('BOOKMARK', { metadata: { resourceVersion: '9' } });
  const events = await allOf(eventsIn(whole, bookmark));
  const object = (resourceVersion: string): unknown => ({ metadata: { name: 'a', resourceVersion } });
  assert.deepEqual(events, [
    { kind: 'added', object: object('1') },
    { kind: 'modified', object: object('2') },
    { kind: 'deleted', object: object('3') },
    { kind: 'bookmark', resourceVersion: '9' },
  ]);
});

test('what the API server says in the middle of a watch ends it, by its code', async () => {
  const error = (code: number): string =>
    line('ERROR', { kind: 'Status', code, message: 'too old', reason: 'Expired' });
  const events: unknown[] = [];
  const reading = (async () => {
    for await (const event of eventsIn(line('ADDED', named('a')), error(410))) events.push(event);
  })();
  await assert.rejects(reading, (failure) => hasCode(failure, 'expired'));
  assert.equal(events.length, 1);
  await assert.rejects(allOf(eventsIn(error(500))), (failure) => hasCode(failure, 'refused'));
  await assert.rejects(allOf(eventsIn(error(429))), (failure) => hasCode(failure, 'tooManyRequests'));
});

test('a line that is no event ends the watch as a broken connection does', async () => {
  for (const garbage of ['<html>\n', '\n', 'null\n'])
    await assert.rejects(allOf(eventsIn(garbage)), (failure) => hasCode(failure, 'unreachable'));
});

test('an event that is cut off in the middle is no event', async () => {
  const [whole, part] = [line('ADDED', named('a')), line('ADDED', named('b')).slice(0, -1)];
  const events = await allOf(eventsIn(whole, part));
  assert.equal(events.length, 1);
});

test('who looks no further ends the answer, and so does a failure', async () => {
  const endless = new Readable({ read: () => undefined });
  endless.push(line('ADDED', named('a')) + line('ADDED', named('b')));
  for await (const event of watchEvents(() => Promise.resolve(endless))) {
    assert.equal(event.kind, 'added');
    break;
  }
  assert.ok(endless.destroyed);
  const garbled = new Readable({ read: () => undefined });
  garbled.push('?\n');
  await assert.rejects(allOf(watchEvents(() => Promise.resolve(garbled))));
  assert.ok(garbled.destroyed);
});
