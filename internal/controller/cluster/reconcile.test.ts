import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exited, key, Place, signal, synced } from './place.fixture.ts';
import { reconcile } from './reconcile.ts';

test('a primary that exited is replaced: the record before anything, then commands, the leader Service and the first grant', async () => {
  const place = new Place();
  place.says('redis-0', exited);
  place.says('redis-1', { ...synced, offset: 90, clock: 1234 });
  place.says('redis-2', { ...synced, offset: 50 });
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds.slice(0, 4), [
    'grant redis-0',
    'nominate redis-1',
    'record redisclusters redis term,targetPrimary,targetPrimaryUID,targetPrimaryRun,targetPrimaryGrant,primaryFencedSince,lastFailover',
    'grant nobody',
  ]);
  assert.deepEqual(place.deeds.slice(4), [
    'promote redis-1 as of 1234',
    'patch services test/redis-leader',
    'follow redis-2',
    'grant redis-1',
  ]);
  assert.equal(place.status['targetPrimary'], 'redis-1');
  assert.deepEqual(
    place.happenings.map(({ reason }) => reason),
    ['FailoverStarted'],
  );
  assert.ok((revisit ?? 1e9) < 100, 'objects are applied in a later tick');
});

test('once the successor takes writes, the event tells what the time of the failover went into', async () => {
  const place = new Place();
  place.says('redis-0', exited);
  place.says('redis-1', { ...synced, offset: 90 });
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  place.says('redis-1', { role: 'primary', term: 8, bootTerm: 1 });
  await reconcile(key, place.ports, signal);
  const told = place.happenings.find(({ reason }) => reason === 'FailoverCompleted')?.message ?? '';
  const phases = ['detect', 'decide', 'record', 'promote', 'route', 'confirm'];
  assert.match(
    told,
    new RegExp(`in place of redis-0 \\(${phases.map((name) => `${name} \\d+ ms`).join(', ')}\\)$`),
  );
  assert.ok(place.deeds.includes('counted'));
});

test('a grant is withdrawn before the fence is written, and promises are asked for in the same tick', async () => {
  const place = new Place();
  place.silent('redis-0', 1500);
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, [
    'grant nobody',
    'record redisclusters redis primaryFencedSince',
    'fence redis-0',
    'grant nobody',
    'prepare redis-1',
    'prepare redis-2',
  ]);
});

test('whoever decided on an older version is refused, does nothing else, and looks again soon', async () => {
  const place = new Place();
  place.refuses = 'the record';
  place.says('redis-0', exited);
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(
    place.deeds.map((deed) => deed.split(' ')[0]),
    ['grant', 'nominate', 'record'],
  );
  assert.ok((revisit ?? 1e9) < 100);
});

test('a cache that does not show our own last write yet is not decided on: it may name whom we have just fenced', async () => {
  const place = new Place();
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  place.says('redis-1', synced);
  const { ports } = place;
  place.memory.of({ namespace: 'test', name: 'redis', uid: 'uid' }).wrote('11');
  // What the API server has by now.
  place.status = { ...place.status, primaryFencedSince: '2026-01-01T00:00:00Z' };
  await reconcile(key, ports, signal);
  assert.deepEqual(place.deeds.slice(0, 2), ['read redisclusters redis', 'grant nobody']);
});

test('a brief silence is not worth a write: nothing is done before it is over, or evidence', async () => {
  const place = new Place();
  place.silent('redis-0', 600);
  place.says('redis-1', synced);
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, ['grant redis-0']);
  assert.ok((revisit ?? 1e9) < 401);
});

test('a fenced primary is granted nothing, and its fence is lifted when it answers', async () => {
  const place = new Place();
  place.status = { ...place.status, primaryFencedSince: '2026-01-01T00:00:00Z' };
  place.says('redis-0', { role: 'fenced', term: 7, bootTerm: 6 });
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, ['grant nobody', 'record redisclusters redis primaryFencedSince']);
  assert.equal(place.status['primaryFencedSince'], undefined);
});

test('a pod that was made anew under the name of the one appointed is granted nothing', async () => {
  const place = new Place();
  place.status = { ...place.status, targetPrimaryUID: 'the-one-before' };
  place.says('redis-0', { role: 'fenced', term: 7, bootTerm: 7 });
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.equal(place.deeds[0], 'grant nobody');
});

const unsynced = { ...synced, syncedTerm: 6 } as const;

test('a replica that is not in sync is never promoted, though its primary is dead', async () => {
  const place = new Place();
  place.says('redis-0', exited);
  for (const name of ['redis-1', 'redis-2']) place.says(name, { ...unsynced, offset: 1000 });
  await reconcile(key, place.ports, signal);
  assert.deepEqual([place.status['term'], place.status['targetPrimary']], [7, 'redis-0']);
  assert.equal(place.deeds.filter((deed) => /^(promote|follow|prepare)/.test(deed)).length, 0);
});

test('a silent primary is not fenced while nobody could follow it (I6)', async () => {
  const place = new Place();
  place.silent('redis-0', 60_000);
  for (const name of ['redis-1', 'redis-2']) place.says(name, unsynced);
  await reconcile(key, place.ports, signal);
  assert.equal(place.status['primaryFencedSince'], undefined);
  assert.equal(place.deeds.filter((deed) => /^(fence|prepare|promote)/.test(deed)).length, 0);
});

test('a promotion that was recorded and not made is made by the next operator, and no other one is', async () => {
  const place = new Place();
  place.status = { ...place.status, term: 8, targetPrimary: 'redis-1', targetPrimaryUID: 'uid-redis-1' };
  place.says('redis-0', exited);
  for (const name of ['redis-1', 'redis-2']) place.says(name, synced);
  await reconcile(key, place.ports, signal);
  assert.deepEqual([place.status['term'], place.status['targetPrimary']], [8, 'redis-1']);
  assert.equal(place.deeds[0], 'grant redis-1', 'what lets it write as soon as it has read the record');
  assert.deepEqual(
    place.deeds.filter((deed) => deed.includes('redis-leader')),
    ['apply services redis-leader'],
    'clients are led to it',
  );
});

test('an operator that has only begun waits a moment for a replica that it has yet to hear: it may have the most', async () => {
  const place = new Place();
  place.says('redis-0', exited);
  place.says('redis-1', { ...synced, offset: 50 });
  place.silent('redis-2', 10);
  const revisit = await reconcile(key, place.ports, signal);
  assert.equal(place.status['term'], 7);
  assert.ok((revisit ?? 1e9) <= 500);
  place.says('redis-2', { ...synced, offset: 90 });
  await reconcile(key, place.ports, signal);
  assert.deepEqual([place.status['term'], place.status['targetPrimary']], [8, 'redis-2']);
});

test('what cannot be made because its namespace is being deleted is tried once, and the cluster is left to go', async () => {
  const place = new Place();
  place.refuses = 'whatever is new';
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  await reconcile(key, place.ports, signal);
  const tried = place.deeds.filter((deed) => deed.startsWith('create'));
  assert.ok(tried.length > 0);
  place.deeds.length = 0;
  assert.equal(
    await reconcile(key, place.ports, signal),
    undefined,
    'it comes back only when something changes',
  );
  assert.deepEqual(place.deeds, ['grant redis-0']);
});
