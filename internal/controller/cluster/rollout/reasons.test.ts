import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { podFacts } from '../facts.ts';
import { asFilledIn } from '../resize/amounts.ts';
import { podParts } from '../resources/pod-parts.ts';
import type { PodParts } from '../view.ts';
import { clusterWith, plannedWith, podWith, replica, reported, viewWith } from '../views.fixture.ts';
import { wantedPod } from '../wanted.ts';
import { type Reason, reasonToReplace } from './reasons.ts';

const node = { name: 'node-1', schedulable: true, outOfService: false };
const spec = { instances: 3, resources: { limits: { memory: '1Gi' } } };
const before = clusterWith(spec);

/** Why a pod that was made for one cluster by one operator is to be made anew for another. */
function reasonBetween(
  made: RedisCluster,
  wanted: RedisCluster,
  {
    by = 'operator:1',
    pendingRestart = [] as readonly string[],
    settingsGeneration = 7,
    allowed = true,
  } = {},
): Reason | undefined {
  const { pod } = wantedPod(made, 1, by);
  const facts = podFacts({ ...pod, metadata: { ...pod.metadata, uid: 'uid-1' } }, made.metadata, node);
  const instance = replica(1, { pod: facts, sighting: reported(1, { pendingRestart, settingsGeneration }) });
  return reasonToReplace(instance, sample(podParts(wanted), wanted, allowed));
}

const sample = (parts: PodParts, { spec: { resources } } = before, allowed = true) => {
  const resizes = { wanted: asFilledIn(resources), allowed, refused: undefined, waits: new Map() };
  return viewWith({ planned: plannedWith({ parts, resizes }) });
};

const restarted = (at: string) =>
  clusterWith(spec, { metadata: { annotations: { 'redis.io/restartedAt': at } } });

test('each wish that shapes a pod is a reason of its own', () => {
  const changes: Readonly<Record<string, object>> = {
    Image: { imageName: 'localhost/valkey:8' },
    Placement: { nodeSelector: { disk: 'ssd' } },
    PodTemplate: { podTemplate: { metadata: { labels: { team: 'shop' } } } },
    Secrets: { authSecret: { name: 'passwords' } },
    Storage: { storage: { type: 'emptyDir' } },
  };
  for (const [name, change] of Object.entries(changes)) {
    assert.equal(reasonBetween(before, clusterWith({ ...spec, ...change }))?.name, name);
  }
  assert.equal(reasonBetween(before, restarted('now'))?.name, 'RestartRequested');
  const all = clusterWith({ ...spec, ...Object.assign({}, ...Object.values(changes)) });
  assert.equal(reasonBetween(before, all)?.name, 'Image', 'the first of many');
});

test('resources are a reason only where the operator was told not to change them in place', () => {
  const more = clusterWith({ ...spec, resources: { limits: { memory: '2Gi' } } });
  assert.equal(reasonBetween(before, more), undefined);
  const { name, because = '' } = reasonBetween(before, more, { allowed: false }) ?? {};
  assert.equal(name, 'Resources');
  assert.match(because, /not in place: the operator was told not to/);
});

test('a maxmemory that waits for memory is no reason', () => {
  const more = clusterWith({ ...spec, memory: { maxMemory: '800Mi' } });
  assert.equal(reasonBetween(before, more, { pendingRestart: ['maxmemory'] }), undefined);
});

test('the image is told as it was and as it should be', () => {
  const { because } = reasonBetween(before, clusterWith({ ...spec, imageName: 'localhost/valkey:8' })) ?? {};
  assert.equal(because, 'its image is redis:7.2 and should be localhost/valkey:8');
});

test('nothing else is a reason: not the number of instances, the size of claims, nor another version of the operator', () => {
  for (const change of [{ instances: 5 }, { storage: { size: '5Gi' } }, { minSyncReplicas: 1 }]) {
    assert.equal(reasonBetween(before, clusterWith({ ...spec, ...change })), undefined);
  }
  assert.equal(reasonBetween(before, before, { by: 'operator:2' }), undefined);
});

test('a part that a later version of the operator adds is no reason for pods that say nothing of it', () => {
  const { placement: _placement, ...fewer } = podParts(before);
  const instance = replica(1, { pod: podWith(1, { parts: fewer }) });
  assert.equal(reasonToReplace(instance, sample(podParts(before))), undefined);
});

test('a restart is asked for by each new value, and not by taking it away', () => {
  assert.equal(reasonBetween(restarted('monday'), restarted('tuesday'))?.name, 'RestartRequested');
  assert.equal(reasonBetween(restarted('monday'), restarted('monday')), undefined);
  assert.equal(reasonBetween(restarted('monday'), before), undefined);
});

test('settings are a reason only where the instance says that they wait for a restart, and a new pod would help', () => {
  const changed = clusterWith({ ...spec, redis: { databases: '32' } });
  assert.equal(reasonBetween(before, changed), undefined, 'the instance sets it live');
  const pendingRestart = ['databases'];
  assert.match(reasonBetween(before, changed, { pendingRestart })?.because ?? '', /restarted for databases/);
  assert.equal(reasonBetween(changed, changed, { pendingRestart }), undefined, 'it would go on for ever');
  const said = (settingsGeneration: number) =>
    reasonBetween(before, changed, { pendingRestart, settingsGeneration });
  assert.equal(said(6), undefined, 'what it says is about other settings');
  assert.equal(said(7)?.name, 'Settings');
});

test('a pod of which nobody knows what it was made from is made anew, and a pod of others never', () => {
  const unknown = { parts: undefined, specHash: 'older' };
  const reason = (change: object) =>
    reasonToReplace(replica(1, { pod: podWith(1, { ...unknown, ...change }) }), viewWith());
  assert.equal(reason({})?.name, 'Unknown');
  assert.equal(reason({ specHash: 'hash' }), undefined, 'one made now would be the same');
  assert.equal(reason({ owner: 'foreign' }), undefined);
  for (const text of ['no JSON', '7', 'null']) {
    const metadata = { name: 'shop-1', annotations: { 'redis.io/spec-parts': text } };
    assert.equal(podFacts({ metadata }, before.metadata, node).parts, undefined, text);
  }
});
