import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { idleLimit } from '../../../internal/kube/informer.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import { events, secrets } from '../../../internal/kube/resources.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { type ApiServer, sharedApiServer } from '../api-server.ts';
import { Etcd } from './etcd.ts';
import { type Fate, FaultProxy } from './fault-proxy.ts';
import { History } from './history.ts';
import { countOf } from './metrics.ts';
import { assertNothingLost, toldOf } from './nothing-lost.ts';
import { type DataObject, ObjectWriter } from './objects.ts';
import { shortening } from './shortening.ts';
import { GroupTeardown } from './teardown.ts';
import { type Watching, type WatchingOptions, watching } from './watching.ts';

describe('an informer at a real API server', { timeout: seconds(240) }, () => {
  let server: ApiServer;
  let etcd: Etcd;
  let proxy: FaultProxy;
  let writer: ObjectWriter;
  const teardown = new GroupTeardown();
  let namespaces = 0;

  before(async () => {
    server = await sharedApiServer();
    etcd = new Etcd(server.etcdAddress);
  });
  beforeEach(async () => {
    proxy = await FaultProxy.open(server.config.server);
    teardown.after(() => proxy.close());
    writer = await ObjectWriter.in(server, `informer-${namespaces++}`);
  });
  afterEach(() => teardown.run());

  /** Through the proxy, unless another way is given. */
  async function watch(
    options: Partial<WatchingOptions<DataObject>> = {},
    way: URL = proxy.url,
  ): Promise<Watching<DataObject>> {
    const { namespace, resource } = writer;
    const config = { ...server.config, server: way };
    return await watching(config, { resource, namespace, ...options }, teardown);
  }
  /** How many watches of a kind the API server has ended because nobody read what it said. */
  const watchesGivenUp = (resource: string): Promise<number> =>
    countOf(server, 'apiserver_terminated_watchers_total', { resource });
  const lineOf = ({ metadata: { name, resourceVersion } }: KubeObject): string =>
    `${name} ${resourceVersion}`;
  const untilTold = (run: Watching<DataObject>, line: string): Promise<void> =>
    waitUntil(`it is told: ${line}`, seconds(20), () => toldOf(run).includes(line));

  for (const fate of ['reset', 'finish'] as const satisfies readonly Fate[]) {
    test(`a connection that is cut in the middle of an event (${fate}) goes on from the event before`, async () => {
      const run = await watch();
      const first = await writer.create('first');
      await untilTold(run, lineOf(first));
      proxy.after(200_000, fate);
      const big = await writer.create('big', { text: 'x'.repeat(600_000) });
      await waitUntil('the cut', seconds(10), () => proxy.struck === 1);
      const last = await writer.create('last');
      await assertNothingLost(run, writer);

      assert.deepEqual(toldOf(run), [first, big, last].map(lineOf));
      assert.equal(run.lists.length, 1);
      assert.deepEqual(
        run.watches.map(({ from, ended }) => ({ from, ended })),
        [
          { from: run.lists[0], ended: 'unreachable' },
          { from: first.metadata.resourceVersion, ended: undefined },
        ],
      );
    });
  }

  test('cut again and again wherever it is, it tells each change once and in order, without a new list', async () => {
    const run = await watch();
    const history = new History(writer);
    let seed = 1;
    const someBytes = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return 6_000 + (seed % 12_000);
    };
    proxy.again(someBytes, 'reset');
    await history.until(() => proxy.struck >= 10);
    proxy.again(() => undefined, 'reset');
    await assertNothingLost(run, writer);
    assert.deepEqual(toldOf(run), history.written);
    assert.equal(run.lists.length, 1);
    assert.ok(run.watches.length >= 10, `${run.watches.length} watches`);
  });

  test('a connection that says nothing any more, and is never closed, is given up', async () => {
    const run = await watch({ clock: shortening(idleLimit, milliseconds(1500)) });
    await untilTold(run, lineOf(await writer.create('deleted-in-silence')));
    proxy.strike('mute');
    await writer.create('made-in-silence');
    await writer.delete('deleted-in-silence');
    await assertNothingLost(run, writer);
    assert.equal(run.lists.length, 1);
    assert.ok(run.log.of('warn').length > 0);
  });

  test('an event of more than 3 MB arrives whole, character by character', async () => {
    const run = await watch();
    // The API server writes < as six characters; no chunk ends where characters do.
    const data = { signs: '<'.repeat(500_000), words: `x${'漢字😀'.repeat(40_000)}` };
    assert.ok(JSON.stringify(data).replaceAll('<', '\\u003c').length > 3_000_000);
    await writer.create('big', data);
    await assertNothingLost(run, writer);
    assert.equal(run.lists.length, 1);
    assert.equal(run.watches.length, 1);
  });

  test('a slow consumer, whom the API server sends away, loses nothing', async () => {
    // Of a kind that has changed little the API server remembers little for who does not read.
    writer = await ObjectWriter.in(server, `informer-${namespaces++}`, secrets);
    const awake = Promise.withResolvers<void>();
    const run = await watch({ mull: () => awake.promise }, server.config.server);
    teardown.after(() => awake.resolve());
    const written: string[] = [];
    const before = await watchesGivenUp('secrets');
    const late = systemClock.deadline(seconds(30));
    while ((await watchesGivenUp('secrets')) === before) {
      assert.ok(!late.aborted, `after ${written.length} events of 0.9 MB it still waits for us`);
      for (let count = 0; count < 5; count++) {
        const name = `object-${written.length}`;
        written.push(lineOf(await writer.create(name, { text: 'x'.repeat(900_000) })), `${name} gone`);
        await writer.delete(name);
      }
    }
    written.push(lineOf(await writer.create('last')));
    assert.equal(run.told.length, 0);
    awake.resolve();
    await assertNothingLost(run, writer);
    assert.deepEqual(toldOf(run), written);
    assert.deepEqual(
      run.watches.map(({ ended }) => ended),
      ['in order', undefined],
    );
    assert.equal(run.lists.length, 1);
  });

  test('a compaction does not disturb a watch that is up to date', async () => {
    writer = await ObjectWriter.in(server, `compacted-${namespaces++}`, events);
    const run = await watch();
    await writer.create('before');
    await etcd.compact();
    await writer.create('after');
    await assertNothingLost(run, writer);
    assert.equal(run.watches.length, 1);
  });

  test('410 Gone: what was compacted away while it was cut off is listed anew, and what is gone is told', async () => {
    // Events have no watch cache in the API server: etcd itself answers.
    writer = await ObjectWriter.in(server, `compacted-${namespaces++}`, events);
    for (const name of ['kept', 'changed', 'deleted', 'made-anew']) await writer.create(name);
    const run = await watch();
    proxy.newLines = 'refused';
    proxy.strike('reset');
    await writer.change('changed');
    await writer.delete('deleted');
    await writer.delete('made-anew');
    await writer.create('made-anew');
    await writer.create('new');
    await etcd.compact();
    proxy.newLines = 'open';
    await assertNothingLost(run, writer);
    assert.equal(run.lists.length, 2);
    assert.ok(run.watches.some(({ ended }) => ended === 'expired'));
    const lines = toldOf(run)
      .slice(4)
      .map((line) => line.replace(/ \d+$/, ' is there'));
    assert.deepEqual(lines.toSorted(), [
      'changed is there',
      'deleted gone',
      'made-anew gone',
      'made-anew is there',
      'new is there',
    ]);
  });

  test('no error of a handler is swallowed: it is logged, and everything after it is told', async () => {
    const run = await watch({
      onChange: ({ now }) => {
        if (now?.metadata.name.endsWith('3')) throw new Error(`no luck with ${now.metadata.name}`);
      },
    });
    const names = Array.from({ length: 10 }, (_, place) => `object-${place}`);
    for (const name of names) await writer.create(name);
    await assertNothingLost(run, writer);
    assert.deepEqual(run.log.of('error'), [
      {
        level: 'error',
        message: 'a change could not be passed on',
        fields: {
          kind: 'ConfigMap',
          object: `${writer.namespace}/object-3`,
          because: 'no luck with object-3',
        },
      },
    ]);
    assert.equal(run.watches.length, 1);
  });
});
