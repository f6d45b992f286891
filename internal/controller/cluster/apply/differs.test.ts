import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../../kube/objects.ts';
import { desiredObjects } from '../resources/desired-objects.ts';
import { clusterWith } from '../views.fixture.ts';
import { differs } from './differs.ts';
import { sameQuantity } from './quantities.ts';

const object = (fields: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Any',
  metadata: { name: 'a' },
  ...fields,
});
const spec = (fields: object): KubeObject => object({ spec: fields });

test('nothing of ours differs from itself, with whatever the API server and others add', () => {
  for (const { object: desired } of desiredObjects(clusterWith({ instances: 3 }), 'shop-0')) {
    assert.equal(differs(desired, desired), false, desired.metadata.name);
    const { apiVersion: _apiVersion, kind: _kind, ...listed } = desired;
    assert.equal(differs(desired, listed as KubeObject), false, 'items of a list have no kind');
    const lived = {
      ...desired,
      metadata: { ...desired.metadata, resourceVersion: '7', generation: 2, finalizers: ['x'] },
      status: { loadBalancer: {} },
    };
    assert.equal(differs(desired, lived), false, desired.metadata.name);
  }
});

test('what we want of a Service is told from what the API server fills in', () => {
  const desired = spec({ type: 'ClusterIP', ports: [{ name: 'redis', protocol: 'TCP', port: 6379 }] });
  const filled = spec({
    type: 'ClusterIP',
    clusterIP: '10.96.0.7',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'redis', protocol: 'TCP', port: 6379, targetPort: 6379, nodePort: 30_000 }],
  });
  assert.equal(differs(desired, filled), false);
});

const changed: Readonly<Record<string, readonly [wanted: object, live: object]>> = {
  'another value': [{ a: 1 }, { a: 2 }],
  'a value of another type': [{ a: 1 }, { a: '1' }],
  'a field that is gone': [{ a: 1 }, {}],
  'a list that is shorter': [{ list: [1, 2] }, { list: [1] }],
  'a list in another order': [{ list: [1, 2] }, { list: [2, 1] }],
  'a list that others have added to': [{ verbs: ['get'] }, { verbs: ['get', 'delete'] }],
  'a selector that selects less': [{ selector: { a: 'b' } }, { selector: { a: 'b', c: 'd' } }],
  'a container that is gone': [{ containers: [{ name: 'a' }] }, { containers: [{ name: 'b' }] }],
  'a container with another image': [
    { containers: [{ name: 'a', image: 'x' }] },
    {
      containers: [
        { name: 'b', image: 'x' },
        { name: 'a', image: 'y' },
      ],
    },
  ],
  'a port of the same number and another protocol': [
    { ports: [{ port: 1, protocol: 'UDP' }] },
    { ports: [{ port: 1, protocol: 'TCP' }] },
  ],
  'a map where there was a list': [{ a: {} }, { a: [] }],
  'an amount that is less': [{ requests: { cpu: '2' } }, { requests: { cpu: '1' } }],
  'a flag that is not on': [{ publishNotReadyAddresses: true }, {}],
  'a flag that is not off': [{ automount: false }, { automount: true }],
};
for (const [what, [wanted, live]] of Object.entries(changed)) {
  test(`${what} differs`, () => assert.equal(differs(spec(wanted), spec(live)), true));
}

const same: Readonly<Record<string, readonly [wanted: object, live: object]>> = {
  'an amount in other words': [
    { requests: { memory: '1024Mi', cpu: '0.1' } },
    { requests: { memory: '1Gi', cpu: '100m' } },
  ],
  'a container among those that others inject': [
    { containers: [{ name: 'a' }] },
    { containers: [{ name: 'mesh' }, { name: 'a', image: 'x' }] },
  ],
  'labels beside ours': [{ labels: { a: 'b' } }, { labels: { a: 'b', c: 'd' } }],
  'an empty map or list that is not stored': [{ annotations: {}, list: [] }, {}],
  'a field that we do not set': [{ a: undefined }, { a: 1 }],
  'a flag that is not stored when it is off': [{ publishNotReadyAddresses: false }, {}],
};
for (const [what, [wanted, live]] of Object.entries(same)) {
  test(`${what} does not differ`, () => assert.equal(differs(spec(wanted), spec(live)), false));
}

test('a change of any value that we set is noticed', () => {
  const scalars = fc.oneof(fc.string(), fc.integer(), fc.boolean());
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, scalars, fc.dictionary(fc.string(), tie('node')), fc.array(tie('node'))),
  })).node;
  const law = fc.property(fc.dictionary(fc.string(), tree, { minKeys: 1 }), (fields) => {
    assert.equal(differs(spec(fields), spec(fields)), false);
    for (const key of Object.keys(fields))
      assert.equal(differs(spec({ ...fields, [key]: 'ours' }), spec({ ...fields, [key]: 'theirs' })), true);
  });
  fc.assert(law, { seed: 1, numRuns: 300 });
});

test('quantities are the same when they are the same amount, in any words', () => {
  for (const [one, other] of [
    ['1Gi', '1024Mi'],
    ['1', '1000m'],
    ['1e3', '1k'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['+1', '1'],
    ['-1', '-1000m'],
    [1, '1'],
  ])
    assert.equal(sameQuantity(one, other), true, `${one} ${other}`);
  for (const [one, other] of [
    ['1G', '1Gi'],
    ['1', '2'],
    ['1m', '1M'],
    ['x', 'x'],
    ['', ''],
    [undefined, undefined],
  ])
    assert.equal(sameQuantity(one, other), false, `${one} ${other}`);
});
