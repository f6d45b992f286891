import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalError } from '../../kube/errors.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import { Place, signal } from './place.fixture.ts';
import type { PlannedStep } from './planned/step.ts';
import type { Ports } from './ports.ts';
import { resizePod } from './resize-pod.ts';
import type { PodResources, ResizeRefusal } from './view.ts';
import { clusterWith, instances, parts, plannedWith, podWith, replica, viewWith } from './views.fixture.ts';

const cluster = clusterWith();
const wanted = { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } };
const had: PodResources = {
  asked: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
  inForce: undefined,
  delay: undefined,
};
const planned = plannedWith({
  parts: { ...parts, resources: 'wanted' },
  resizes: { wanted, allowed: true, refused: undefined, waits: new Map() },
});
const view = viewWith({ planned, instances: instances(replica(1, { pod: podWith(1, { resources: had }) })) });
const about = { operation: 'resize', pod: 'shop-1', uid: 'uid-1', because: 'it is to grow' } as const;
const resize: PlannedStep = { kind: 'resizePod', ...about, resources: wanted };
const record: PlannedStep = { kind: 'recordResize', ...about };

interface Told {
  readonly patches: readonly string[];
  readonly place: Place;
}

/** What is written for a step, where the API server answers `status` to a resize, and the pod that is there has this UID. */
async function carriedOut(
  step: PlannedStep,
  status?: number,
  { there = 'uid-1', message = 'no' } = {},
): Promise<Told> {
  const place = new Place();
  const patches: string[] = [];
  const write = (what: string) => (change: unknown) => void patches.push(`${what} ${JSON.stringify(change)}`);
  const kube = {
    patch: (_resource: unknown, { name }: ObjectKey, change: unknown) =>
      Promise.resolve(write(`patch ${name}`)(change)),
    patchResize: ({ name }: ObjectKey, change: unknown) => {
      write(`resize ${name}`)(change);
      if (status === undefined) return Promise.resolve();
      const body = JSON.stringify({ message });
      return Promise.reject(refusalError({ status, body }, 'resize'));
    },
    get: () => Promise.resolve(there === '' ? undefined : { metadata: { name: 'shop-1', uid: there } }),
  };
  const ports = { ...place.ports, kube: kube as unknown as Ports['kube'] };
  await resizePod(step, { cluster, view }, ports, signal);
  return { patches, place };
}

const refusalIn = ({ place }: Told, fingerprint = 'wanted'): ResizeRefusal | undefined =>
  place.memory.of(cluster.metadata).resizes.refusalOf(fingerprint);

test('a pod says that it is being changed before it is, and what it is not to have any more is taken away', async () => {
  const { patches, place } = await carriedOut(resize);
  assert.equal(patches.length, 2);
  assert.match(patches[0] ?? '', /^patch shop-1 .*"uid":"uid-1".*being changed in place/);
  const containers = [
    {
      name: 'redis',
      resources: { requests: { cpu: null, memory: '1Gi' }, limits: { memory: '2Gi' } },
    },
  ];
  const change = { metadata: { uid: 'uid-1' }, spec: { containers } };
  assert.equal(patches[1], `resize shop-1 ${JSON.stringify(change)}`);
  assert.deepEqual(place.happenings, [], 'nothing has happened yet');
});

test('what was carried out is written into the pod, and told once', async () => {
  const { patches, place } = await carriedOut(record);
  assert.equal(patches.length, 1);
  assert.match(patches[0] ?? '', /"uid":"uid-1".*resources\\":\\"wanted\\"/);
  assert.deepEqual(
    place.happenings.map(({ reason }) => reason),
    ['PodResized'],
  );
});

test('an API server that refuses, or does not know of resizing, is remembered for these resources', async () => {
  for (const [status, words] of [
    [403, /no/],
    [422, /no/],
    [404, /resizes no pods/],
    [405, /resizes no pods/],
  ] as const) {
    const told = await carriedOut(resize, status);
    assert.match(refusalIn(told)?.because ?? '', words, String(status));
    assert.equal(refusalIn(told, 'others'), undefined);
  }
});

test('what a quota refuses would be refused to a pod made anew as well; what the operator may not do would not', async () => {
  const anewToo = async (status: number, message: string): Promise<boolean | undefined> =>
    refusalIn(await carriedOut(resize, status, { message }))?.anewToo;
  assert.equal(await anewToo(403, 'pods "shop-1" is forbidden: exceeded quota: small'), true);
  assert.equal(
    await anewToo(403, 'pods "shop-1" is forbidden: maximum memory usage per Container is 1Gi'),
    true,
  );
  assert.equal(await anewToo(403, 'User "x" cannot patch resource "pods/resize" in API group ""'), false);
  assert.equal(await anewToo(422, 'Pod QOS Class may not change as a result of resizing'), false);
});

test('a pod that is gone, or has become another, is no reason to give up', async () => {
  for (const [status, there] of [
    [404, ''],
    [404, 'uid-9'],
    [409, 'uid-9'],
  ] as const) {
    assert.equal(refusalIn(await carriedOut(resize, status, { there })), undefined, `${status} ${there}`);
  }
});

test('an API server that is only busy ends the tick, and is asked again', async () => {
  await assert.rejects(carriedOut(resize, 500), /500/);
});

test('nothing is written for other steps, nor for another pod of that name', async () => {
  const hold: PlannedStep = { kind: 'hold', operation: 'resize', reason: 'OnItsWay', because: 'shop-1' };
  for (const step of [hold, { ...resize, uid: 'uid-9' } as const]) {
    assert.deepEqual((await carriedOut(step)).patches, []);
  }
});
