import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalError, silenceError } from '../../../kube/errors.ts';
import type { KubeObject, Resource } from '../../../kube/objects.ts';
import { services } from '../../../kube/resources.ts';
import { desiredObjects } from '../resources/desired-objects.ts';
import { clusterWith } from '../views.fixture.ts';
import { type ApplyPorts, applyObjects, removeObjects } from './apply-objects.ts';
import { foreignController } from './foreign.ts';

const cluster = clusterWith();
const desired = desiredObjects(cluster, 'shop-0').filter(({ resource }) => resource === services);
const names = ['Service shop-leader', 'Service shop-replica', 'Service shop-any'];

interface World extends ApplyPorts {
  readonly writes: string[];
}

/** An API server that holds `stored`, of which the caches know `cachedNames`, and that does not take `failing`. */
function world(
  stored: readonly KubeObject[],
  cachedNames: readonly string[] = stored.map(nameOf),
  failing: ReadonlyMap<string, Error> = new Map(),
): World {
  const writes: string[] = [];
  const find = (name: string): KubeObject | undefined => stored.find((one) => nameOf(one) === name);
  return {
    writes,
    asWanted: new WeakMap(),
    cached: (_resource, { name }) => (cachedNames.includes(name) ? find(name) : undefined),
    kube: {
      get: async <Kind extends KubeObject>(_resource: Resource<Kind>, { name }: { readonly name: string }) =>
        find(name) as Kind | undefined,
      apply: async (_resource, object) => {
        const failure = failing.get(nameOf(object));
        if (failure !== undefined) throw failure;
        writes.push(`apply ${nameOf(object)}`);
        return object;
      },
      delete: async (_resource, { name }, options) => {
        writes.push(`delete ${name} ${options?.preconditions?.uid}`);
      },
    },
  };
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name;
const stored = desired.map(({ object }) => object);
const ownedBy = (object: KubeObject, kind: string, uid: string, name = 'x'): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    ownerReferences: [{ apiVersion: 'v1', kind, name, uid, controller: true }],
  },
});

test('what is missing is made, in order, and what is there as wanted costs no write (I10)', async () => {
  const empty = world([]);
  assert.deepEqual((await applyObjects(cluster, desired, empty)).applied, names);
  assert.deepEqual(empty.writes, ['apply shop-leader', 'apply shop-replica', 'apply shop-any']);
  const settled = world(stored);
  assert.deepEqual((await applyObjects(cluster, desired, settled)).unchanged, names);
  assert.deepEqual(settled.writes, []);
});

test('what was found as wanted is compared again once either of the two has changed', async () => {
  const asWanted = new WeakMap();
  const settled = { ...world(stored), asWanted };
  assert.deepEqual((await applyObjects(cluster, desired, settled)).unchanged, names);
  assert.deepEqual((await applyObjects(cluster, desired, settled)).unchanged, names);
  const changed = stored.map((object) => ({ ...object, spec: {} }));
  assert.deepEqual((await applyObjects(cluster, desired, { ...world(changed), asWanted })).applied, names);
  const others = desired.map((one) => ({
    ...one,
    object: { ...one.object, spec: { type: 'LoadBalancer' } },
  }));
  assert.deepEqual((await applyObjects(cluster, others, { ...world(stored), asWanted })).applied, names);
});

test('what the caches do not hold is read live before it is written', async () => {
  const behind = world(stored, []);
  assert.deepEqual((await applyObjects(cluster, desired, behind)).unchanged, names);
  assert.deepEqual(behind.writes, []);
});

test('what somebody else controls is left as it is and named, and the rest is done', async () => {
  const [leader, ...others] = stored;
  assert.ok(leader !== undefined);
  const taken = world([ownedBy(leader, 'ConfigMap', 'u2'), ...others.slice(1)]);
  const report = await applyObjects(cluster, desired, taken);
  assert.deepEqual(
    report.foreign.map(({ object, controller }) => `${object}: ${controller}`),
    ['Service shop-leader: ConfigMap x'],
  );
  assert.deepEqual(taken.writes, ['apply shop-replica']);
});

test('what the API server refuses is told in its words, and the rest is done', async () => {
  for (const status of [422, 403]) {
    const refusal = refusalError(
      { status, body: JSON.stringify({ message: 'no such label' }), retryAfter: undefined },
      'PATCH leader',
    );
    const strict = world([], [], new Map([['shop-leader', refusal]]));
    const { refused, applied } = await applyObjects(cluster, desired, strict);
    assert.deepEqual(refused, [
      { kind: 'refused', object: 'Service shop-leader', because: `PATCH leader: ${status}: no such label` },
    ]);
    assert.deepEqual(applied, names.slice(1));
  }
});

test('any other failure ends it, to be tried again', async () => {
  const away = silenceError('timeout', 'PATCH', new Error('away'));
  const silent = world([], [], new Map([['shop-replica', away]]));
  await assert.rejects(applyObjects(cluster, desired, silent), away);
  assert.deepEqual(silent.writes, ['apply shop-leader']);
});

test('only what the cluster controls is removed, by the UID that was seen', async () => {
  const withUids = stored.map((object) => ({
    ...object,
    metadata: { ...object.metadata, uid: `of ${nameOf(object)}` },
  }));
  const [leader, second, third] = withUids;
  assert.ok(leader !== undefined && second !== undefined && third !== undefined);
  const mixed = world([leader, ownedBy(second, 'ConfigMap', 'u2')]);
  assert.deepEqual(await removeObjects(cluster, desired, mixed), ['Service shop-leader']);
  assert.deepEqual(mixed.writes, ['delete shop-leader of shop-leader']);
});

test('an object is ours by UID, may be adopted without a controller, and is told from one of a former cluster', () => {
  const [object] = stored;
  assert.ok(object !== undefined);
  assert.equal(foreignController(object, cluster), undefined);
  const { ownerReferences: _owners, ...bare } = object.metadata;
  assert.equal(foreignController({ ...object, metadata: bare }, cluster), undefined);
  assert.equal(foreignController(ownedBy(object, 'ConfigMap', 'u2'), cluster), 'ConfigMap x');
  assert.equal(
    foreignController(ownedBy(object, 'RedisCluster', 'u0', 'shop'), cluster),
    'a deleted RedisCluster of the same name',
  );
  const everybodys = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  assert.equal(foreignController(everybodys, cluster), 'every pod of the namespace');
});
