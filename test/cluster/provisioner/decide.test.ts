import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { PersistentVolumeClaim } from '../../../internal/kube/resources.ts';
import { awaitsVolume, decideMaking, decideRemoving, isLeft } from './decide.ts';
import {
  askedProvisioner,
  type PersistentVolume,
  provisionedBy,
  provisionerName,
  type StorageClass,
  selectedNode,
} from './kinds.ts';
import { annotated, claim, folder, leftVolume, nodes, storageClass } from './objects.fixture.ts';

test('the cluster’s storage class asks for us', () => {
  const manifest = readFileSync(join(import.meta.dirname, '../manifests/storage-class.yaml'), 'utf8');
  assert.equal(parse(manifest).provisioner, provisionerName);
});

test('a claim awaits a volume when it asks us, has none, and its pod has a node', () => {
  assert.ok(awaitsVolume(claim));
  const others: Readonly<Record<string, PersistentVolumeClaim>> = {
    'it asks somebody else': annotated({ [askedProvisioner]: 'else.io/disk', [selectedNode]: 'node-2' }),
    'nobody has been found for it': annotated({ [selectedNode]: 'node-2' }),
    'its pod has no node': annotated({ [askedProvisioner]: provisionerName }),
    'it has a volume': { ...claim, status: { phase: 'Bound' } },
    'it has chosen its volume': { ...claim, spec: { ...claim.spec, volumeName: 'mine' } },
    'it is going': { ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
  };
  for (const [why, other] of Object.entries(others)) assert.equal(awaitsVolume(other), false, why);
});

test('a claim gets a folder of its node, and a volume that only this claim can have and only that node can use', () => {
  assert.deepEqual(decideMaking(claim, storageClass, nodes), {
    kind: 'make',
    folder,
    volume: {
      metadata: { name: 'pvc-1f', annotations: { [provisionedBy]: provisionerName } },
      spec: {
        capacity: { storage: '64Mi' },
        accessModes: ['ReadWriteOnce'],
        volumeMode: 'Filesystem',
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'standard',
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: 'shop',
          name: 'orders-data-0',
          uid: '1f',
        },
        hostPath: { path: folder, type: 'DirectoryOrCreate' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-2'] }] },
            ],
          },
        },
      },
    },
  });
});

test('a volume of a class that keeps volumes is kept', () => {
  const making = decideMaking(claim, { ...storageClass, reclaimPolicy: 'Retain' }, nodes);
  assert.equal(making.kind === 'make' && making.volume.spec?.persistentVolumeReclaimPolicy, 'Retain');
});

test('what cannot be made is refused in words', () => {
  const refusal = (of: PersistentVolumeClaim, its: StorageClass | undefined): string => {
    const making = decideMaking(of, its, nodes);
    return making.kind === 'refuse' ? making.because : 'it is made';
  };
  const away = annotated({ [askedProvisioner]: provisionerName, [selectedNode]: 'node-9' });
  assert.equal(refusal(away, storageClass), 'there is no node node-9');
  assert.equal(refusal(claim, undefined), 'there is no storage class standard');
  const theirs = { ...storageClass, provisioner: 'else.io/disk' };
  assert.equal(refusal(claim, theirs), 'the storage class standard belongs to else.io/disk');
  const block = { ...claim, spec: { ...claim.spec, volumeMode: 'Block' } };
  assert.equal(refusal(block, storageClass), 'a folder is no block device: volumeMode is Block');
  const climbing = { ...claim, metadata: { ...claim.metadata, name: '/../../etc' } };
  assert.equal(refusal(climbing, storageClass), '/cluster/node-2/etc is no folder of a volume');
});

test('a volume is left when its claim is gone, it goes with it, and it is ours', () => {
  assert.ok(isLeft(leftVolume));
  const theirs = { ...leftVolume.metadata, annotations: { [provisionedBy]: 'else.io/disk' } };
  const others: Readonly<Record<string, PersistentVolume>> = {
    'it is in use': { ...leftVolume, status: { phase: 'Bound' } },
    'it is kept': { ...leftVolume, spec: { ...leftVolume.spec, persistentVolumeReclaimPolicy: 'Retain' } },
    'somebody else made it': { ...leftVolume, metadata: theirs },
    'somebody made it by hand': { ...leftVolume, metadata: { name: 'mine' } },
  };
  for (const [why, other] of Object.entries(others)) assert.equal(isLeft(other), false, why);
});

test('only what lies right in a folder of volumes is removed', () => {
  const decide = (path: string): string =>
    decideRemoving({ ...leftVolume, spec: { ...leftVolume.spec, hostPath: { path } } }, nodes).kind;
  assert.deepEqual(decideRemoving(leftVolume, nodes), { kind: 'remove', folder });
  const others = [
    '',
    '/',
    '/home',
    '/cluster/node-2/volumes',
    '/cluster/node-2/volumes/',
    '/cluster/node-2/volumes/.',
    '/cluster/node-2/volumes/..',
    '/cluster/node-2/volumes/../kubelet',
    '/cluster/node-2/volumes//one',
    '/cluster/node-2/volumes/one/inside',
    '/cluster/node-9/volumes/one',
    'cluster/node-2/volumes/one',
  ];
  for (const path of others) assert.equal(decide(path), 'refuse', path);
  const { hostPath: _, ...none } = leftVolume.spec ?? {};
  assert.equal(
    decideRemoving({ ...leftVolume, spec: none }, nodes).kind,
    'refuse',
    'a volume of another kind',
  );
});
