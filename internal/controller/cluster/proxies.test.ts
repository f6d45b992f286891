import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxiesRest, proxiesRestLimit } from '../../control/switchover.ts';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../time/units.ts';
import { Proxies } from './proxies.ts';
import { podWith } from './views.fixture.ts';

test('proxies rest after each change of the endpoints, and after nothing else', async () => {
  const clock = new HandClock();
  const proxies = new Proxies(clock);
  const pods = [podWith(0), podWith(1)];
  assert.equal(proxies.busyFor(pods), 0, 'nothing is known to have changed');

  for (const change of [{ ready: false }, { deleting: true }, { roleLabel: 'primary' }, { uid: 'new' }]) {
    const changed = [podWith(0), podWith(1, change)];
    assert.equal(proxies.busyFor(changed), proxiesRest, JSON.stringify(change));
    await clock.pass(milliseconds(proxiesRest - 100));
    assert.equal(proxies.busyFor(changed.toReversed()), 100);
    await clock.pass(milliseconds(100));
    assert.equal(proxies.busyFor(changed), 0);
    assert.equal(proxies.busyFor(pods), proxiesRest);
    await clock.pass(proxiesRest);
  }
  assert.equal(proxies.busyFor([podWith(0, { phase: 'Failed' }), podWith(1)]), 0);
});

test('endpoints that never stand still are waited for no longer than the limit, and as long again the next time', async () => {
  const clock = new HandClock();
  const proxies = new Proxies(clock);
  let ready = false;
  const change = async (): Promise<number> => {
    await clock.pass(milliseconds(500));
    ready = !ready;
    return proxies.busyFor([podWith(0, { ready })]);
  };
  for (let n = 0; n < 20; n += 1) await change();
  for (const time of ['first', 'next']) {
    assert.equal(await change(), proxiesRest, `the ${time} time`);
    const began = clock.monotonic();
    proxies.waitedFor(true);
    while ((await change()) > 0) proxies.waitedFor(true);
    assert.equal(clock.monotonic() - began, proxiesRestLimit);
    proxies.waitedFor(false);
  }
});
