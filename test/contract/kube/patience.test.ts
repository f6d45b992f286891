import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KubeClient } from '../../../internal/kube/client.ts';
import type { Credentials, KubeConfig } from '../../../internal/kube/config.ts';
import { hasCode } from '../../../internal/kube/errors.ts';
import { leaseDuration } from '../../../internal/kube/leader-election.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import { type ApiServer, startApiServer } from '../api-server.ts';
import { Account } from './account.ts';
import { FaultProxy } from './fault-proxy.ts';
import { assertNothingLost } from './nothing-lost.ts';
import { configMaps, ObjectWriter } from './objects.ts';
import { type Outage, sufferOutage } from './outage.ts';
import { GroupTeardown } from './teardown.ts';
import { TokenFolder } from './token-folder.ts';
import { watching } from './watching.ts';

/** The API server ends each watch after so many seconds, or up to twice as many; half an hour by default. */
const shortWatches = '--min-request-timeout=6';

// They mostly wait: all at once, so that it takes no longer than the longest.
describe('what takes its time', { concurrency: 4, timeout: seconds(240) }, () => {
  let failing: ApiServer;
  let steady: ApiServer;
  before(async () => {
    [failing, steady] = await Promise.all([startApiServer(), startApiServer([shortWatches])]);
  });
  after(async () => {
    await failing.close();
    await steady.close();
  });

  describe('a server that was stopped for 20 s and started', { concurrency: 1 }, () => {
    const teardown = new GroupTeardown();
    let outage: Outage;
    before(async () => {
      outage = await sufferOutage(failing, teardown);
    });
    after(() => teardown.run());

    test('no event is lost, whatever was written before and after', async () => {
      assert.ok(outage.lasted >= seconds(20));
      const { unanswered } = outage.history;
      assert.ok(unanswered >= outage.lasted / seconds(1), `${unanswered} writes went unanswered`);
      await assertNothingLost(outage.busy.run, outage.busy.writer, seconds(45));
    });

    test('what was deleted meanwhile is told as gone', async () => {
      const { run, writer } = outage.quiet;
      await assertNothingLost(run, writer, seconds(45));
      const gone = run.told.filter(({ now }) => now === undefined);
      assert.deepEqual(
        gone.map(({ before }) => before?.metadata.name),
        ['removed-meanwhile'],
      );
    });

    test('410 Gone: what the new server does not remember is listed anew', () => {
      for (const { run } of [outage.busy, outage.quiet]) {
        assert.ok(run.watches.some(({ ended }) => ended === 'expired'));
        assert.equal(run.lists.length, 2);
      }
    });

    test('each attempt is logged with its reason, and there are few', () => {
      for (const { run } of [outage.busy, outage.quiet]) {
        const reasons = run.log.of('warn').map(({ fields }) => String(fields['because']));
        assert.ok(reasons.length >= 4 && reasons.length <= 10, reasons.join('\n'));
        assert.ok(
          reasons.some(
            (reason) =>
              reason.includes('ECONNREFUSED') || reason.includes('ECONNRESET') || reason.includes('socket'),
          ),
          reasons.join('\n'),
        );
        assert.deepEqual(run.log.of('error'), []);
      }
    });

    test('no leak of sockets: each informer has its watch, and what is idle', async () => {
      await waitUntil('sockets', seconds(10), () => outage.sockets() <= 2 * (1 + 4));
    });

    test('a leader gave up before anybody else could have taken over', () => {
      assert.match(String(outage.leader.ended), /the Lease leader was lost/);
      assertShorter(outage.leader.after, leaseDuration, 'after the end of the server');
    });

    test('a server that is killed and started at once loses no event either', async () => {
      await outage.killAndServe();
      for (const { run, writer } of [outage.busy, outage.quiet])
        await assertNothingLost(run, writer, seconds(45));
    });
  });

  test('watch with bookmarks: a quiet watch that ends in order goes on from the last bookmark', async (context) => {
    const [quiet, busy] = [await ObjectWriter.in(steady, 'quiet'), await ObjectWriter.in(steady, 'busy')];
    await quiet.create('first');
    const run = await watching(steady.config, { resource: configMaps, namespace: 'quiet' }, context);
    const { resourceVersion: last } = (await busy.create('elsewhere')).metadata;
    // It knows how far everything has come though nothing of its own has changed.
    const marked = (): number =>
      run.watches.findIndex(
        ({ ended, bookmarks }) => ended === 'in order' && Number(bookmarks.at(-1) ?? 0) >= Number(last),
      );
    let others = 0;
    await waitUntil('a watch with a bookmark is begun again', seconds(60), async () => {
      // A server that has seen no change since it began sends none.
      await busy.create(`elsewhere-${others++}`);
      return marked() >= 0 && run.watches.length > marked() + 1;
    });
    await quiet.create('second');
    await assertNothingLost(run, quiet);

    const [first, second] = run.watches.slice(marked());
    assert.equal(second?.from, first?.bookmarks.at(-1));
    assert.equal(run.lists.length, 1);
    // A busy server ends one without a bookmark at times.
    const wordless = run.watches.filter(
      ({ ended, bookmarks }) => ended !== undefined && bookmarks.length === 0,
    );
    assert.equal(run.log.lines.length, wordless.length, 'an end in order, after a word, is no news');
  });

  test('token renewal from a rotated file: all goes on when the old token is refused', async (context) => {
    const account = await Account.create(steady, 'renewed');
    const [oldToken, newToken] = [await account.token('old'), await account.token('new')];
    const folder = new TokenFolder(oldToken);
    context.after(() => folder.remove());
    const proxy = await FaultProxy.open(steady.config.server);
    context.after(() => proxy.close());
    const configOf = (credentials: Credentials): KubeConfig => ({
      ...steady.config,
      server: proxy.url,
      credentials,
    });
    const old = new KubeClient(configOf({ kind: 'token', token: oldToken }), systemClock);
    context.after(() => old.close());
    const writer = await ObjectWriter.in(steady, 'renewed');
    const key = { namespace: 'renewed', name: 'first' };
    await writer.create('first');
    const rotating = configOf({ kind: 'tokenFile', path: folder.path });
    const run = await watching(rotating, { resource: configMaps, namespace: 'renewed' }, context);

    assert.equal((await old.get(configMaps, key))?.metadata.name, 'first');
    folder.renew(newToken);
    await account.revoke('old');
    await waitUntil('the old token is refused', seconds(20), async () =>
      hasCode(await old.get(configMaps, key).catch((failure: unknown) => failure), 'unauthorized'),
    );
    assert.equal((await run.kube.get(configMaps, key))?.metadata.name, 'first');
    proxy.strike('reset');
    await writer.create('second');
    await assertNothingLost(run, writer);
    assert.ok(run.log.of('warn').every(({ fields }) => !String(fields['because']).includes('401')));
  });
});
