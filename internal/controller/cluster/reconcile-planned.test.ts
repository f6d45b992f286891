import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key, Place, signal, synced } from './place.fixture.ts';
import { reconcile } from './reconcile.ts';

const upstream = {
  pod: 'redis-0',
  address: '10.0.0.0:6379',
  linkUp: true,
  syncInProgress: false,
  lagBytes: 0,
  inSync: true,
  heardMsAgo: 0,
} as const;

/** Three that are whole, of which the last was made from an older spec. */
function outdatedPlace(): Place {
  const place = new Place();
  place.outdated = ['redis-2'];
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  for (const name of ['redis-1', 'redis-2']) place.says(name, { ...synced, upstream });
  return place;
}

const deletionsOf = async (place: Place): Promise<readonly string[]> => {
  await reconcile(key, place.ports, signal);
  return place.deeds.filter((deed) => deed.startsWith('delete'));
};

test('a pod is deleted for an update only after everything was looked at again, on the version that was seen then', async () => {
  const place = outdatedPlace();
  assert.deepEqual(await deletionsOf(place), ['delete pods redis-2 uid-redis-2 4']);
  const looked = place.deeds.indexOf('list pods ');
  assert.ok(looked > place.deeds.indexOf('read redisclusters redis') && looked >= 0);
  assert.ok(
    place.happenings.some(({ reason, message }) => reason === 'PodDeleted' && /its image/.test(message)),
  );
});

test('nothing is deleted where the cache shows the past: another pod is going, or this one was made anew', async () => {
  for (const livePods of [
    { 'redis-1': { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    { 'redis-2': { uid: 'made anew' } },
    { 'redis-2': { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ]) {
    const place = outdatedPlace();
    place.livePods = livePods;
    assert.deepEqual(await deletionsOf(place), [], JSON.stringify(livePods));
  }
});

test('a manager that is in the middle of something is not said to refuse, and nobody else is sent one meanwhile', async () => {
  for (const [kind, told] of [
    ['notNow', 0],
    ['refused', 1],
  ] as const) {
    const place = new Place();
    place.annotations = { 'redis.io/upgrade-managers': 'in-place' };
    place.upgraded = { kind, because: 'term 7 is older than term 8' };
    place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6, managerVersion: 'older' });
    for (const name of ['redis-1', 'redis-2'])
      place.says(name, { ...synced, upstream, managerVersion: 'older' });
    await reconcile(key, place.ports, signal);
    await reconcile(key, place.ports, signal);
    assert.deepEqual(
      place.deeds.filter((deed) => deed.startsWith('upgrade')),
      ['upgrade redis-2'],
    );
    const refusals = place.happenings.filter(({ reason }) => reason === 'ManagerUpgradeRefused');
    assert.equal(refusals.length, told, kind);
    const { conditions = [] } = place.written as { conditions?: { type: string; message: string }[] };
    const progress = conditions.find(({ type }) => type === 'Progressing');
    assert.match(progress?.message ?? '', /redis-2: term 7 is older than term 8/);
  }
});

test('a manager is told of as replaced when it says so itself, and once', async () => {
  const place = new Place();
  place.annotations = { 'redis.io/upgrade-managers': 'in-place' };
  place.upgraded = { kind: 'notNow', because: 'the connection broke' };
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  place.says('redis-1', { ...synced, upstream });
  place.says('redis-2', { ...synced, upstream, managerVersion: 'older' });
  const told = () => place.happenings.filter(({ reason }) => reason === 'ManagerUpgraded').length;
  await reconcile(key, place.ports, signal);
  assert.deepEqual(
    [place.deeds.filter((deed) => deed.startsWith('upgrade')), told()],
    [['upgrade redis-2'], 0],
  );
  place.says('redis-2', { ...synced, upstream });
  for (let tick = 0; tick < 2; tick += 1) await reconcile(key, place.ports, signal);
  assert.equal(told(), 1);
});

test('as many clusters as the setting says are updated at once, and the next when one has ended', async () => {
  const place = outdatedPlace();
  const others = ['a', 'b', 'c'].map((name) => ({ namespace: 'test', name }));
  for (const other of others) place.memory.rollouts.take(other);
  assert.deepEqual(await deletionsOf(place), []);
  place.memory.rollouts.giveBack({ namespace: 'test', name: 'b' });
  assert.equal((await deletionsOf(place)).length, 1);
});
