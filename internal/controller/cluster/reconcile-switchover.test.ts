import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key, Place, signal, synced } from './place.fixture.ts';
import { reconcile } from './reconcile.ts';

const upstream = {
  pod: 'redis-0',
  address: '10.0.0.0',
  linkUp: true,
  syncInProgress: false,
  lagBytes: 0,
  inSync: true,
  heardMsAgo: 0,
} as const;

/** A primary that serves, two replicas in sync, and a user who asks for one of them. */
function askedFor(pod: string): Place {
  const place = new Place();
  place.annotations = { 'redis.io/switchover-to': pod };
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  place.says('redis-1', { ...synced, upstream, clock: 1234 });
  place.says('redis-2', { ...synced, upstream });
  return place;
}

test('a term is offered on record before it is released, the successor promoted after that, and the others follow the record', async () => {
  const place = askedFor('redis-1');
  place.released = true;
  await reconcile(key, place.ports, signal);
  const record =
    'term,targetPrimary,targetPrimaryUID,targetPrimaryRun,targetPrimaryGrant,primaryFencedSince,handover,phase,switchoverAnswered,lastSwitchover';
  assert.deepEqual(place.deeds.slice(0, 8), [
    'grant redis-0',
    'nominate redis-1',
    'record redisclusters redis handover',
    'switchover redis-0',
    'promote redis-1 as of 1234',
    'patch services test/redis-leader',
    `record redisclusters redis ${record}`,
    'grant nobody',
  ]);
  assert.deepEqual(place.deeds.slice(8).sort(), ['follow redis-0', 'follow redis-2', 'grant redis-1']);
  assert.equal(place.status['phase'], 'SwitchingOver');
  // As the API server takes a field away.
  const { primaryFencedSince: _lifted, handover: _takenUp, ...kept } = place.status;
  place.status = kept;
  place.says('redis-0', { ...synced, term: 8 });
  place.says('redis-1', { role: 'primary', term: 8, bootTerm: 6 });
  place.deeds.length = 0;
  await reconcile(key, place.ports, signal);
  assert.ok(place.deeds.includes('counted a switchover'));
  assert.ok(!place.deeds.some((deed) => deed.startsWith('switchover')), 'it is answered');
  const told = place.happenings.map(({ reason }) => reason);
  assert.deepEqual(
    told.filter((reason) => /over/.test(reason)),
    ['SwitchoverCompleted'],
  );
});

test('an operator that may have lost its Lease promotes nobody before the record', async () => {
  const place = askedFor('redis-1');
  place.released = true;
  place.surelyLeads = false;
  await reconcile(key, place.ports, signal);
  const kinds = place.deeds.map((deed) => deed.split(' ')[0]);
  assert.deepEqual(kinds.slice(0, 6), ['grant', 'nominate', 'record', 'switchover', 'record', 'grant']);
  assert.ok(kinds.slice(6).includes('promote'));
});

test('a primary that does not release its term goes on, and the refusal is told once', async () => {
  const place = askedFor('redis-1');
  await reconcile(key, place.ports, signal);
  await reconcile(key, place.ports, signal);
  assert.equal(place.status['targetPrimary'], 'redis-0');
  assert.equal(place.deeds.filter((deed) => deed === 'switchover redis-0').length, 1);
  const told = place.happenings.filter(({ reason }) => reason === 'SwitchoverRefused');
  assert.equal(told.length, 1);
  assert.equal(place.status['switchoverAnswered'], 'redis-1');
});
