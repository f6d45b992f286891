import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Port } from '../../api/v1/names.ts';
import { moment } from '../time/units.ts';
import { act } from './act.ts';
import { identity, primaryOfTerm3, redis } from './facts.fixture.ts';
import { createFactsCell } from './facts.ts';
import type { Ports, Sighting } from './ports.ts';

const now = moment(1000);
const address = { host: '10.0.0.2', port: Port.redis };

/** Follows a primary of another history, having been killed and started again since that was decided; tells whom it followed. */
async function followAsSeen(sighting: Sighting) {
  const followed: unknown[] = [];
  const cell = createFactsCell(primaryOfTerm3(now));
  const ports = {
    identity,
    clock: { monotonic: () => now, deadline: () => new AbortController().signal },
    upstream: { ask: () => Promise.resolve({ primary: true, replicationId: 'b', offset: 5 }) },
    redis: {
      look: () => Promise.resolve(sighting),
      follow: (whom: unknown) => Promise.resolve(followed.push(whom)),
    },
  } as unknown as Ports;
  const step = { kind: 'follow', pod: 'orders-1', address, because: 'test' } as const;
  await act(step, ports, cell, AbortSignal.timeout(1000));
  return { followed, aside: cell.current.aside.kind };
}

const empty = { ...redis, replicationId: 'fresh', offset: 0, keys: 0 };

test('a redis-server that is loading yet is not taken for one that has nothing to lose', async () => {
  const seen = await followAsSeen({ loading: true, redis: empty });
  assert.deepEqual(seen, { followed: [], aside: 'none' });
});

test('one that has loaded nothing follows at once, and what one alone has is wanted first', async () => {
  assert.deepEqual(await followAsSeen({ loading: false, redis: empty }), {
    followed: [address],
    aside: 'none',
  });
  const full = { ...empty, keys: 3 };
  assert.deepEqual(await followAsSeen({ loading: false, redis: full }), { followed: [], aside: 'wanted' });
});
