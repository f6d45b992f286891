import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { KubeClient, requestLimit } from '../../../internal/kube/client.ts';
import { hasCode } from '../../../internal/kube/errors.ts';
import type { KubeErrorCode } from '../../../internal/kube/kube.ts';
import type { Resource } from '../../../internal/kube/objects.ts';
import { events } from '../../../internal/kube/resources.ts';
import type { Clock } from '../../../internal/time/clock.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { type ApiServer, sharedApiServer } from '../api-server.ts';
import { Etcd } from './etcd.ts';
import { FaultProxy } from './fault-proxy.ts';
import { configMaps, type DataObject, ObjectWriter } from './objects.ts';
import { shortening } from './shortening.ts';
import { socketsTo } from './sockets.ts';

/** What the client keeps open for the next requests. */
const idleConnections = 4;
const impatient = shortening(requestLimit, seconds(1));

describe('connections to a real API server', { timeout: seconds(240) }, () => {
  let server: ApiServer;
  let proxy: FaultProxy;
  let writer: ObjectWriter;
  const clients: KubeClient[] = [];
  let namespaces = 0;

  before(async () => {
    server = await sharedApiServer();
  });
  beforeEach(async () => {
    proxy = await FaultProxy.open(server.config.server);
    writer = await ObjectWriter.in(server, `connections-${namespaces++}`);
    await writer.create('one');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await proxy.close();
  });

  /** Through the proxy: what is connected to that is the client's. */
  function client(clock: Clock = systemClock): KubeClient {
    const kube = new KubeClient({ ...server.config, server: proxy.url }, clock);
    clients.push(kube);
    return kube;
  }
  const get = (kube: KubeClient, signal?: AbortSignal): Promise<DataObject | undefined> =>
    kube.get(configMaps, { namespace: writer.namespace, name: 'one' }, signal);
  const untilSockets = (what: string, holds: (count: number) => boolean): Promise<void> =>
    waitUntil(`${what}, not ${socketsTo(proxy.port)} sockets`, seconds(10), () =>
      holds(socketsTo(proxy.port)),
    );

  test('no leak of sockets: hundreds of requests, many at once, leave four connections', async () => {
    const kube = client();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 80 }, () => get(kube)));
      assert.ok(answers.every((object) => object?.metadata.name === 'one'));
    }
    await untilSockets('what is idle', (count) => count <= idleConnections);
    const { connections } = proxy;
    for (let count = 0; count < 100; count++) await get(kube);
    assert.equal(proxy.connections, connections, 'one after another they need no new connection');
    kube.close();
    await untilSockets('nothing', (count) => count === 0);
  });

  test('no leak of sockets: requests that fail, or are given up, leave none behind', async () => {
    const kube = client();
    const absent: Resource = { ...configMaps, plural: 'nothing-of-the-kind' };
    for (let count = 0; count < 40; count++) {
      const aborted = new AbortController();
      const outcomes = [
        get(kube, aborted.signal),
        kube.list(absent, {}),
        kube.create(configMaps, { metadata: { name: 'one', namespace: writer.namespace } }),
      ];
      aborted.abort();
      const settled = await Promise.allSettled(outcomes);
      assert.ok(settled.every(({ status }) => status === 'rejected'));
    }
    await untilSockets('what is idle', (count) => count <= idleConnections);
  });

  test('no leak of sockets: watches leave none behind, however they end', async () => {
    const kube = client();
    await new Etcd(server.etcdAddress).compact();
    const { resourceVersion } = await kube.list(configMaps, { namespace: writer.namespace });
    const from = { namespace: writer.namespace, resourceVersion };
    await writer.create('two');
    const absent: Resource = { ...configMaps, plural: 'nothing-of-the-kind' };

    const watch = (resource: Resource, at: string, signal = new AbortController().signal) =>
      kube.watch(resource, { ...from, resourceVersion: at }, signal);

    for (let count = 0; count < 20; count++) {
      for await (const event of watch(configMaps, resourceVersion)) {
        assert.equal(event.kind, 'added');
        break;
      }
      await assert.rejects(drain(watch(events, '1')), hasCodeOf('expired'));
      const cutOff = drain(watch(configMaps, resourceVersion), () => proxy.strike('reset'));
      await assert.rejects(cutOff, hasCodeOf('unreachable'));
      const stopping = new AbortController();
      const stopped = drain(watch(configMaps, resourceVersion, stopping.signal), () => stopping.abort());
      await assert.rejects(stopped, hasCodeOf('unreachable'));
      await assert.rejects(drain(watch(absent, resourceVersion)), hasCodeOf('notFound'));
    }
    // The one of the list was cut off too.
    await untilSockets('nothing', (left) => left === 0);
  });

  test('watches, however many, leave connections for requests', async () => {
    const kube = client();
    const stopping = new AbortController();
    const { resourceVersion } = await kube.list(configMaps, { namespace: writer.namespace });
    const from = { namespace: writer.namespace, resourceVersion };
    const watches = Array.from({ length: 80 }, () => drain(kube.watch(configMaps, from, stopping.signal)));
    const ended = Promise.allSettled(watches);
    await untilSockets('all watch', (count) => count > 80);
    assert.equal((await get(kube))?.metadata.name, 'one');
    stopping.abort();
    await ended;
    await untilSockets('what is idle', (count) => count <= idleConnections);
  });

  test('a read over a connection that was closed for its age is sent again, a write is not', async () => {
    const kube = client();
    await get(kube);
    proxy.resetOnNextWord();
    assert.equal((await get(kube))?.metadata.name, 'one');
    proxy.resetOnNextWord();
    const written = kube.create(configMaps, { metadata: { name: 'two', namespace: writer.namespace } });
    await assert.rejects(written, hasCodeOf('unreachable'));
  });

  test('once an answer has stayed out, no request waits on a connection as old', async () => {
    const kube = client(impatient);
    await Promise.all(Array.from({ length: idleConnections }, () => get(kube)));
    await untilSockets('four are idle', (count) => count === idleConnections);
    proxy.strike('mute');
    await assert.rejects(get(kube), hasCodeOf('timeout'));
    assert.equal((await get(kube))?.metadata.name, 'one');
  });

  test('an answer that stops in the middle is given up in time', async () => {
    await writer.create('big', { text: 'x'.repeat(600_000) });
    const kube = client(impatient);
    proxy.after(100_000, 'mute');
    await assert.rejects(kube.list(configMaps, { namespace: writer.namespace }), hasCodeOf('timeout'));
    await untilSockets('nothing', (count) => count === 0);
  });

  test('an answer that is cut off in the middle is no answer', async () => {
    await writer.create('big', { text: 'x'.repeat(600_000) });
    const kube = client();
    for (const fate of ['reset', 'finish'] as const) {
      proxy.after(100_000, fate);
      await assert.rejects(kube.list(configMaps, { namespace: writer.namespace }), hasCodeOf('unreachable'));
    }
    await untilSockets('nothing', (count) => count === 0);
  });

  test('a server that takes connections and says nothing is given up in time, by requests and watches', async () => {
    proxy.newLines = 'mute';
    const kube = client(impatient);
    await assert.rejects(get(kube), hasCodeOf('timeout'));
    const watching = drain(kube.watch(configMaps, { resourceVersion: '1' }, new AbortController().signal));
    await assert.rejects(watching, hasCodeOf('timeout'));
    await untilSockets('nothing', (count) => count === 0);
  });
});

/** Reads to the end; `onEach` is called for each item. */
async function drain(items: AsyncIterable<unknown>, onEach: () => void = () => undefined): Promise<void> {
  for await (const _item of items) onEach();
}

const hasCodeOf = (code: KubeErrorCode) => (failure: unknown) => {
  assert.ok(hasCode(failure, code), `${failure} has the code ${code}`);
  return true;
};
