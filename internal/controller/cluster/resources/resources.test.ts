import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestName } from '../../../../api/v1/validate.ts';
import type { KubeObject } from '../../../kube/objects.ts';
import { clusterWith } from '../views.fixture.ts';
import { buildAuthSecret } from './auth-secret.ts';
import { buildClaim } from './claim.ts';
import { buildAuthoritySecret, buildControlSecret } from './control-secret.ts';
import { desiredObjects, unwantedObjects, withSpecHash } from './desired-objects.ts';
import { instanceSecrets, passwordSecretName } from './instance-secrets.ts';
import { clusterLabels } from './ownership.ts';
import { buildPod, specHash, terminationGraceSeconds } from './pod.ts';
import { podPlacement } from './pod-placement.ts';
import { redisUser } from './pod-security.ts';
import { podVolumes } from './pod-volumes.ts';
import { buildRole } from './role.ts';
import { buildLeaderService, buildReplicaService, nobody } from './services.ts';

const image = 'localhost/operator:1';
const cluster = clusterWith();
const texts = { 'ca.crt': 'A', 'ca.key': 'B', 'client.crt': 'C', 'client.key': 'D' };

test('the leader Service selects one pod by its name, and nobody while no primary is named (I1)', () => {
  const selected = (primary: string | undefined) => buildLeaderService(cluster, primary).spec?.selector;
  assert.equal(selected('shop-2')?.['redis.io/instance'], 'shop-2');
  assert.equal(selected(undefined)?.['redis.io/instance'], nobody);
  assert.equal(/-\d+$/.test(nobody), false, 'no pod has that name');
  assert.equal(buildReplicaService(cluster).spec?.selector?.['redis.io/role'], 'replica');
});

test('an instance reads its own cluster and Secrets without the operator, and writes nothing (I9, I14)', () => {
  const { rules } = buildRole(clusterWith({ authSecret: { name: 'passwords' } }));
  assert.deepEqual(
    rules?.map(({ resources, resourceNames, verbs }) => [resources, resourceNames, verbs]),
    [
      [['redisclusters'], ['shop'], ['get', 'list', 'watch']],
      [['secrets'], ['passwords', 'shop-control'], ['get']],
    ],
  );
});

test('what can speak for the operator is mounted into no pod (I14)', () => {
  const authority = buildAuthoritySecret(cluster, texts).metadata.name;
  assert.equal(
    instanceSecrets(cluster).some(({ name }) => name === authority),
    false,
  );
  assert.equal(JSON.stringify(buildPod(cluster, 0, image)).includes(authority), false);
});

test('what holds data or opens it outlives the cluster, and all else ends with it (I11)', () => {
  const outliving = [buildClaim(cluster, 0), buildAuthSecret(cluster, 'x')];
  for (const { metadata } of outliving) assert.equal(metadata.ownerReferences, undefined, metadata.name);
  const ending = [
    ...desiredObjects(cluster, undefined).map(({ object }) => object),
    buildControlSecret(cluster, { 'ca.crt': 'A', 'tls.crt': 'B', 'tls.key': 'C' }),
    buildPod(cluster, 0, image),
  ];
  for (const { metadata } of ending) {
    assert.deepEqual(
      metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
      [['u1', true]],
      metadata.name,
    );
  }
});

test('every object says whose it is', () => {
  for (const { object } of desiredObjects(cluster, undefined)) {
    const labels = Object.entries(clusterLabels(cluster, 'database')).filter(
      ([key]) => !key.endsWith('component'),
    );
    for (const [key, value] of labels)
      assert.equal(object.metadata.labels?.[key], value, object.metadata.name);
    assert.equal(object.metadata.namespace, 'orders');
  }
});

test('the longest name of a cluster leaves room for all that is named after it', () => {
  const longest = clusterWith({ instances: 50 }, { metadata: { name: 'x'.repeat(longestName) } });
  const objects = [
    ...desiredObjects(longest, undefined).map(({ object }) => object),
    buildClaim(longest, 49),
    buildPod(longest, 49, image),
    buildAuthoritySecret(longest, texts),
  ];
  for (const { kind, metadata } of objects) {
    assert.ok(metadata.name.length <= (kind === 'Secret' ? 253 : 63), metadata.name);
    for (const value of Object.values(metadata.labels ?? {})) assert.ok(value.length <= 63, value);
  }
});

test('the budget comes and goes with its field', () => {
  const kinds = (spec: object): readonly string[] =>
    desiredObjects(clusterWith({ ...spec }), undefined).map(({ resource }) => resource.kind);
  assert.ok(kinds({}).includes('PodDisruptionBudget'));
  assert.deepEqual(unwantedObjects(cluster), []);
  const without = { enablePodDisruptionBudget: false };
  assert.equal(kinds(without).includes('PodDisruptionBudget'), false);
  assert.deepEqual(
    unwantedObjects(clusterWith(without)).map(({ object }) => object.metadata.name),
    ['shop-pdb'],
  );
});

test('an object wears the hash of all that is wanted of it', () => {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { x: 1 } };
  const hashOf = (one: typeof object) =>
    withSpecHash<KubeObject>(one).metadata.annotations?.['redis.io/spec-hash'];
  assert.equal(hashOf(object), hashOf({ ...object }));
  assert.notEqual(hashOf(object), hashOf({ ...object, spec: { x: 2 } }));
});

test('everything that shapes a pod changes its hash, and its role and its number of siblings do not', () => {
  const hashOf = (spec: object, metadata: object = {}): string =>
    specHash(buildPod(clusterWith({ ...spec }, { metadata }), 0, image));
  const usual = hashOf({});
  const changes = [
    { imageName: 'localhost/redis:8' },
    { resources: { requests: { cpu: '2' } } },
    { authSecret: { name: 'other' } },
    { nodeSelector: { disk: 'ssd' } },
    { storage: { type: 'emptyDir' } },
    { podTemplate: { metadata: { labels: { team: 'shop' } } } },
    { podTemplate: { spec: { priorityClassName: 'important' } } },
  ];
  const hashes = [
    ...changes.map((spec) => hashOf(spec)),
    hashOf({}, { annotations: { 'redis.io/restartedAt': 'now' } }),
  ];
  assert.equal(new Set([usual, ...hashes]).size, hashes.length + 1);
  assert.equal(hashOf({ instances: 5 }), usual);
  assert.equal(hashOf({ storage: { size: '5Gi' } }), usual, 'a claim grows without its pod');
  const pod = buildPod(cluster, 0, image);
  const promoted = {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, 'redis.io/role': 'primary' } },
  };
  assert.equal(specHash(promoted), usual);
  assert.notEqual(specHash(buildPod(cluster, 0, 'localhost/operator:2')), usual);
});

test('the password comes from the Secret of the user, or from ours', () => {
  assert.equal(passwordSecretName(cluster), 'shop-auth');
  assert.equal(passwordSecretName(clusterWith({ authSecret: { name: 'passwords' } })), 'passwords');
  assert.equal(buildAuthSecret(cluster, 'secret').data?.['password'], btoa('secret'));
});

test('data lies on the claim of the same number, or on the node', () => {
  const [claimed] = podVolumes(cluster, 2);
  assert.deepEqual(claimed, { name: 'data', persistentVolumeClaim: { claimName: 'shop-data-2' } });
  const [local] = podVolumes(clusterWith({ storage: { type: 'emptyDir', size: '2Gi' } }), 2);
  assert.deepEqual(local, { name: 'data', emptyDir: { sizeLimit: '2Gi' } });
});

test('pods are spread out unless the user says how', () => {
  const spread = podPlacement(cluster).affinity?.podAntiAffinity;
  assert.equal(spread?.preferredDuringSchedulingIgnoredDuringExecution?.length, 2);
  assert.equal(spread?.requiredDuringSchedulingIgnoredDuringExecution, undefined);
  const nodeAffinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };
  const both = podPlacement(clusterWith({ affinity: nodeAffinity })).affinity;
  assert.deepEqual(both, { podAntiAffinity: spread, ...nodeAffinity });
  const theirs = { podAntiAffinity: {} };
  assert.deepEqual(podPlacement(clusterWith({ affinity: theirs })).affinity, theirs);
});

test('a pod has time for its handover and its last save, and runs as the user of the official images', () => {
  const { spec } = buildPod(cluster, 0, image);
  assert.equal(spec?.terminationGracePeriodSeconds, terminationGraceSeconds);
  assert.equal(spec?.securityContext?.runAsUser, redisUser);
  assert.equal(spec?.securityContext?.runAsNonRoot, true);
});
