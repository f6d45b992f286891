import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisClusterStatus } from '../../../api/v1/redis-cluster.ts';
import { key, names, Place, signal } from './place.fixture.ts';
import { reconcile } from './reconcile.ts';

/** Three pods of another operator, whose status names the second. */
function strangePlace(): Place {
  const place = new Place();
  place.strange = names;
  place.status = { currentPrimary: 'redis-1' };
  for (const name of names) place.silent(name, 60_000);
  return place;
}

test('beside the pods of another operator nothing is made, applied or labelled, and the status says what it waits for', async () => {
  const place = strangePlace();
  await reconcile(key, place.ports, signal);
  assert.deepEqual(
    place.deeds.filter((deed) => !deed.startsWith('grant')),
    ['replace redisclusters redis'],
  );
  const { phase, currentPrimary, conditions = [] } = place.written as RedisClusterStatus;
  assert.deepEqual([phase, currentPrimary], ['Blocked', 'redis-1'], 'who was primary is not forgotten');
  const { reason, message } = conditions.find(({ type }) => type === 'Progressing') ?? assert.fail();
  assert.equal(reason, 'TakeOverNeeded');
  assert.match(message, /redis-0, redis-1, redis-2 were made by another operator: stop that one/);
});

test('asked to take over, it looks for their volumes first, and applies nothing yet', async () => {
  const place = strangePlace();
  place.annotations = { 'redis.io/take-over': 'true' };
  await reconcile(key, place.ports, signal);
  const deeds = place.deeds.filter((deed) => /^(create|delete|patch|apply|secrets)/.test(deed));
  assert.deepEqual(
    deeds,
    [0, 1, 2].map((ordinal) => `create persistentvolumeclaims redis-data-${ordinal}`),
  );
});
