import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalError } from '../../../internal/kube/errors.ts';
import type { ListPage, WatchEvent } from '../../../internal/kube/kube.ts';
import { NotedLog } from '../../../internal/kube/noted-log.fixture.ts';
import type { KubeObject, ObjectKey, Resource } from '../../../internal/kube/objects.ts';
import { HandClock } from '../../../internal/time/hand-clock.fixture.ts';
import { seconds } from '../../../internal/time/units.ts';
import { claim, folder, leftVolume, nodes, storageClass } from './objects.fixture.ts';
import { Provisioner, type ProvisionerPorts } from './provisioner.ts';

interface Scene {
  readonly objects: readonly KubeObject[];
  /** What the API server answers to the first volumes that are made. */
  readonly answers?: readonly Error[];
}

/** Shows a provisioner `objects` and nothing more, and notes what it does, in order. */
async function done({ objects, answers = [] }: Scene): Promise<readonly string[]> {
  const [clock, log, stopping, noted] = [
    new HandClock(),
    new NotedLog(),
    new AbortController(),
    [] as string[],
  ];
  const left = [...answers];
  const note = (words: string): Promise<void> => Promise.resolve(void noted.push(words));
  const kube: ProvisionerPorts['kube'] = {
    list: <Kind extends KubeObject>({ plural }: Resource<Kind>): Promise<ListPage<Kind>> => {
      const items = objects.filter((one) => (one === claim) === (plural === 'persistentvolumeclaims'));
      return Promise.resolve({
        items: items as readonly KubeObject[] as readonly Kind[],
        resourceVersion: '9',
      });
    },
    watch: silence,
    get: <Kind extends KubeObject>(_resource: Resource<Kind>, { name }: ObjectKey) =>
      Promise.resolve(name === 'standard' ? (storageClass as KubeObject as Kind) : undefined),
    create: async (_resource, object) => {
      await note(`create ${object.metadata.name}`);
      const answer = left.shift();
      if (answer !== undefined) throw answer;
      return object;
    },
    delete: (_resource, { name }) => note(`delete ${name}`),
  };
  const folders = {
    make: (path: string) => note(`make ${path}`),
    remove: (path: string) => note(`remove ${path}`),
  };
  const provisioner = new Provisioner({ kube, folders, nodes, clock, log, random: () => 1 });
  const ended = provisioner.run(stopping.signal);
  await clock.pass(seconds(1));
  stopping.abort();
  await ended;
  return [...noted, ...log.of('warn').map(({ fields }) => String(fields['because']))];
}

/** A watch that says nothing until it is told to end. */
async function* silence(
  _resource: unknown,
  _selection: unknown,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<never>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve());
  await promise;
}

test('the folder is there before the volume, and gone before it', async () => {
  assert.deepEqual(await done({ objects: [claim] }), [`make ${folder}`, 'create pvc-1f']);
  assert.deepEqual(await done({ objects: [leftVolume] }), [`remove ${folder}`, 'delete pvc-1f']);
});

test('a volume that is there already is as good as made', async () => {
  const body = JSON.stringify({ reason: 'AlreadyExists' });
  const there = refusalError({ status: 409, body }, 'create');
  assert.deepEqual(await done({ objects: [claim], answers: [there] }), [`make ${folder}`, 'create pvc-1f']);
});

test('what fails is tried again', async () => {
  const busy = refusalError({ status: 500, body: 'busy' }, 'create');
  const once = [`make ${folder}`, 'create pvc-1f'];
  assert.deepEqual(await done({ objects: [claim], answers: [busy] }), [
    ...once,
    ...once,
    'create: 500: busy',
  ]);
});

test('a folder that is none of ours stays, and that is told', async () => {
  const strange = { ...leftVolume, spec: { ...leftVolume.spec, hostPath: { path: '/home' } } };
  const told = await done({ objects: [strange] });
  assert.deepEqual([...new Set(told)], ['"/home" is no folder of a volume: it is not removed']);
});
