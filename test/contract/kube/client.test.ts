import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fieldManager } from '../../../api/v1/names.ts';
import { KubeClient } from '../../../internal/kube/client.ts';
import { hasCode, isKubeError } from '../../../internal/kube/errors.ts';
import type { KubeErrorCode } from '../../../internal/kube/kube.ts';
import { NotedLog } from '../../../internal/kube/noted-log.fixture.ts';
import { events, redisClusters, type StoredCluster } from '../../../internal/kube/resources.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { type Answer, type ApiServer, sharedApiServer } from '../api-server.ts';
import { installDefinition } from '../api-v1/definition.ts';
import { Account } from './account.ts';
import { Etcd } from './etcd.ts';
import { FaultProxy } from './fault-proxy.ts';
import { countOf } from './metrics.ts';
import { assertNothingLost } from './nothing-lost.ts';
import { configMaps, type DataObject, ObjectWriter } from './objects.ts';
import { watching } from './watching.ts';

const hasCodeOf = (code: KubeErrorCode) => (failure: unknown) => {
  assert.ok(hasCode(failure, code), `${failure} has the code ${code}`);
  return true;
};

const codeOf = (failure: unknown): string => (isKubeError(failure) ? failure.details.code : String(failure));

describe('the client at a real API server', { timeout: seconds(240) }, () => {
  let server: ApiServer;
  let kube: KubeClient;
  let writer: ObjectWriter;
  let namespaces = 0;

  before(async () => {
    server = await sharedApiServer();
    kube = new KubeClient(server.config, systemClock);
  });
  after(() => kube.close());
  beforeEach(async () => {
    writer = await ObjectWriter.in(server, `client-${namespaces++}`);
  });

  /** How many lists of a kind the API server has answered, by its own count. */
  const listsOf = (resource: string): Promise<number> =>
    countOf(server, 'apiserver_request_total', { resource, verb: 'LIST' });

  describe('5,000 objects', () => {
    const names = Array.from({ length: 5000 }, (_, place) => `object-${String(place).padStart(4, '0')}`);
    let many: ObjectWriter;
    before(async () => {
      many = await ObjectWriter.in(server, 'many');
    });

    test('an informer is told of each as it is made', async (context) => {
      const run = await watching(server.config, { resource: configMaps, namespace: 'many' }, context);
      const left = names.values();
      const fill = async (): Promise<void> => {
        for (const name of left) await kube.create(configMaps, { metadata: { name, namespace: 'many' } });
      };
      await Promise.all(Array.from({ length: 8 }, fill));
      await assertNothingLost(run, many);
      assert.equal(run.told.length, 5000);
      assert.equal(run.lists.length, 1);
    });

    test('paging: a list comes in pages of 500, and has each object once', async () => {
      const before = await listsOf('configmaps');
      const { items, resourceVersion } = await kube.list(configMaps, { namespace: 'many' });
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        names,
      );
      assert.ok(Number(resourceVersion) > 0);
      assert.ok(items.every(({ metadata }) => !('managedFields' in metadata)));
      assert.ok((await listsOf('configmaps')) - before >= 10);
    });

    test('paging: all pages show the same moment, whatever is written meanwhile', async () => {
      const listing = kube.list(configMaps, { namespace: 'many' });
      let listed = false;
      const done = listing.then(() => {
        listed = true;
      });
      const written = new Map<string, number>();
      // The last page is the one that is asked for latest.
      for (const name of names.slice(-400)) {
        if (listed) break;
        written.set(name, Number((await many.change(name)).metadata.resourceVersion));
      }
      await done;
      const { items, resourceVersion } = await listing;
      const shown = new Map(items.map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]));
      const later = [...written].filter(([, version]) => version > Number(resourceVersion));
      assert.ok(later.length > 0, 'something was written while it was listed');
      for (const [name, version] of written) {
        const isShown = shown.get(name) === version;
        assert.equal(isShown, version <= Number(resourceVersion), `${name} at ${version}`);
      }
      assert.equal(items.length, 5000);
    });

    test('an informer that comes later has them all from one list, and tells each once', async (context) => {
      const run = await watching(server.config, { resource: configMaps, namespace: 'many' }, context);
      await assertNothingLost(run, many);
      assert.equal(run.told.length, 5000);
      assert.equal(run.lists.length, 1);
    });
  });

  test('paging: a list whose snapshot is compacted away between two pages is begun again', async (context) => {
    const proxy = await FaultProxy.open(server.config.server);
    const slow = new KubeClient({ ...server.config, server: proxy.url }, systemClock);
    context.after(() => slow.close());
    context.after(() => proxy.close());
    const { namespace } = await ObjectWriter.in(server, 'expiring', events);
    const create = (name: string): Promise<unknown> =>
      kube.create(events, { metadata: { name, namespace }, involvedObject: { namespace } });
    for (let count = 0; count < 600; count++) await create(`object-${count}`);
    const before = await listsOf('events');
    proxy.after(50_000, 'held');
    const listing = slow.list(events, { namespace });
    await waitUntil('the first page has begun', seconds(10), () => proxy.struck === 1);
    await create('another');
    const compacted = await new Etcd(server.etcdAddress).compact();
    proxy.release();
    const { items, resourceVersion } = await listing;
    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 601);
    assert.equal(items.length, 601);
    assert.ok(Number(resourceVersion) >= compacted);
    // One page, the one that is refused, and two pages.
    assert.equal((await listsOf('events')) - before, 4);
  });

  describe('resourceVersion conflicts', () => {
    before(() => installDefinition(server));

    const cluster = async (name: string): Promise<StoredCluster> =>
      kube.create(redisClusters, {
        metadata: { name, namespace: writer.namespace },
        spec: { instances: 1 },
      } as StoredCluster);

    test('an object, its status and its deletion are refused when it has changed since it was read', async () => {
      const read = await cluster('orders');
      const key = { namespace: writer.namespace, name: 'orders' };
      await kube.patch(redisClusters, key, { metadata: { labels: { changed: 'yes' } } });
      const { uid = '', resourceVersion = '' } = read.metadata;
      await assert.rejects(kube.replace(redisClusters, read), hasCodeOf('conflict'));
      await assert.rejects(
        kube.replaceStatus(redisClusters, { ...read, status: { term: 1 } }),
        hasCodeOf('conflict'),
      );
      await assert.rejects(
        kube.delete(redisClusters, key, { preconditions: { uid, resourceVersion } }),
        hasCodeOf('conflict'),
      );
      await assert.rejects(
        kube.delete(redisClusters, key, { preconditions: { uid: 'another' } }),
        hasCodeOf('conflict'),
      );
      const now = await kube.get(redisClusters, key);
      assert.equal(now?.status, undefined);
      await kube.replaceStatus(redisClusters, {
        ...read,
        metadata: now?.metadata ?? read.metadata,
        status: { term: 1 },
      });
      assert.deepEqual((await kube.get(redisClusters, key))?.status, { term: 1 });
      await kube.delete(redisClusters, key, { preconditions: { uid } });
      assert.equal(await kube.get(redisClusters, key), undefined);
    });

    test('of many who write at once, each conflict is told and no write is lost', async () => {
      await cluster('counted');
      const key = { namespace: writer.namespace, name: 'counted' };
      const outcomes: string[] = [];
      const increment = async (): Promise<void> => {
        const read = await kube.get(redisClusters, key);
        assert.ok(read !== undefined);
        const { term = 0 } = (read.status ?? {}) as { readonly term?: number };
        const writing = kube.replaceStatus(redisClusters, { ...read, status: { term: term + 1 } });
        outcomes.push(await writing.then(() => 'written', codeOf));
      };
      const incrementOften = async (): Promise<void> => {
        for (let count = 0; count < 8; count++) await increment();
      };
      await Promise.all(Array.from({ length: 8 }, incrementOften));
      const written = outcomes.filter((outcome) => outcome === 'written').length;
      assert.deepEqual(new Set(outcomes), new Set(['written', 'conflict']));
      assert.deepEqual((await kube.get(redisClusters, key))?.status, { term: written });
    });
  });

  describe('server-side apply conflicts', () => {
    const applied = (data: Record<string, string>): DataObject => ({
      metadata: { name: 'shared', namespace: writer.namespace },
      data,
    });
    const ours = async (data: Record<string, string>): Promise<DataObject> =>
      await kube.apply(configMaps, applied(data));
    const theirs = (data: Record<string, string>, query = ''): Promise<Answer> =>
      server.request({
        method: 'PATCH',
        path: `/api/v1/namespaces/${writer.namespace}/configmaps/shared?fieldManager=somebody${query}`,
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', ...applied(data) },
      });

    test('we take over what others hold, and they are told that it is ours', async () => {
      assert.equal((await theirs({ shared: 'theirs', their: 'own' })).status, 201);
      assert.deepEqual((await ours({ shared: 'ours', our: 'own' })).data, {
        shared: 'ours',
        our: 'own',
        their: 'own',
      });
      const refused = await theirs({ shared: 'theirs', their: 'own' });
      assert.equal(refused.status, 409);
      assert.match(refused.text, new RegExp(`conflict with \\\\"${fieldManager}\\\\".*\\.data\\.shared`));
    });

    test('what we apply no more goes, unless somebody else holds it too', async () => {
      await ours({ our: 'own', shared: 'the same' });
      assert.equal((await theirs({ shared: 'the same' })).status, 200);
      assert.deepEqual((await ours({})).data, { shared: 'the same' });
    });

    test('what others take by force we take back', async () => {
      await ours({ our: 'own' });
      assert.equal((await theirs({ our: 'theirs' }, '&force=true')).status, 200);
      assert.deepEqual((await ours({ our: 'own' })).data, { our: 'own' });
    });

    test('what is applied again as it is causes no write', async () => {
      const first = await ours({ our: 'own' });
      const second = await ours({ our: 'own' });
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    test('an apply to a version that is no more is refused as a conflict', async () => {
      const { metadata } = await ours({ our: 'own' });
      await ours({ our: 'other' });
      const stale = { ...applied({ our: 'third' }), metadata };
      await assert.rejects(kube.apply(configMaps, stale), hasCodeOf('conflict'));
      assert.deepEqual((await kube.get(configMaps, { ...metadata, namespace: writer.namespace }))?.data, {
        our: 'other',
      });
    });
  });

  test('each refusal has its code, and what is not there is no refusal', async () => {
    const { namespace } = writer;
    const object = { metadata: { name: 'one', namespace } };
    const absent = { namespace, name: 'absent' };
    await kube.create(configMaps, object);
    await assert.rejects(kube.create(configMaps, object), hasCodeOf('alreadyExists'));
    await assert.rejects(
      kube.create(configMaps, { metadata: { name: 'Not A Name', namespace } }),
      hasCodeOf('invalid'),
    );
    const path = `/api/v1/namespaces/${namespace}`;
    assert.equal((await server.request({ method: 'DELETE', path })).status, 200);
    await assert.rejects(
      kube.create(configMaps, { metadata: { name: 'late', namespace } }),
      hasCodeOf('namespaceTerminating'),
    );
    await assert.rejects(kube.patch(configMaps, absent, {}), hasCodeOf('notFound'));
    assert.equal(await kube.get(configMaps, absent), undefined);
    await kube.delete(configMaps, absent);
    const nobody = new KubeClient(
      { ...server.config, credentials: { kind: 'token', token: 'x' } },
      systemClock,
    );
    await assert.rejects(nobody.get(configMaps, absent), hasCodeOf('unauthorized'));
    nobody.close();
  });

  test('429 says how long to stay away, and an informer stays away for so long', async (context) => {
    const account = await Account.create(server, 'hasty');
    const token = await account.token('hasty');
    const letGo = await account.lockOut(token);
    const config = { ...server.config, credentials: { kind: 'token', token } as const };
    const log = new NotedLog();
    context.after(letGo);
    const { namespace } = writer;
    const starting = watching(config, { resource: configMaps, namespace, log }, context);
    await waitUntil('it was refused twice', seconds(10), () => log.of('warn').length === 2);
    letGo();
    await assertNothingLost(await starting, writer);
    for (const { fields } of log.of('warn')) {
      assert.match(String(fields['because']), /429/);
      // It says one second, and more the longer it has to refuse. Left to itself the informer would come back after 200 ms.
      assert.ok([1000, 2000, 3000].includes(Number(fields['retryInMs'])), `${fields['retryInMs']} ms`);
    }
  });
});
