import assert from 'node:assert/strict';
import type { Change } from '../../../internal/kube/informer.ts';
import type { KubeObject } from '../../../internal/kube/objects.ts';
import { type Duration, seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { DataObject, ObjectWriter } from './objects.ts';
import type { Watching } from './watching.ts';

/**
 * No event is lost: within `limit` the cache is what a live list says, down to the data, and what was told leads there
 * step by step: each change starts where the one before it ended, each object that is there was told as born, and each
 * one that is not was told as gone.
 */
export async function assertNothingLost(
  watching: Watching<DataObject>,
  writer: ObjectWriter,
  limit: Duration = seconds(20),
): Promise<void> {
  const live = await writer.all();
  const cached = (): readonly KubeObject[] => [...watching.informer.store.all()];
  await waitUntil(`the cache of ${writer.namespace} is what there is`, limit, () =>
    isSame(versions(cached()), versions(live)),
  );
  const stored = new Map([...watching.informer.store.all()].map((object) => [object.metadata.name, object]));
  for (const { metadata, data } of live) assert.deepEqual(stored.get(metadata.name)?.data, data);
  assert.deepEqual(versions(replayed(watching.told)), versions(live));
}

/** The objects that whoever believed all changes would believe to be there. */
function replayed(changes: readonly Change<DataObject>[]): readonly DataObject[] {
  const objects = new Map<string, DataObject>();
  for (const { before, now } of changes) {
    const name = (now ?? before)?.metadata.name ?? '';
    assert.equal(before, objects.get(name), `${name} is told to change from what it was told to be`);
    if (before !== undefined && now !== undefined) assert.equal(now.metadata.uid, before.metadata.uid);
    if (now === undefined) objects.delete(name);
    else objects.set(name, now);
  }
  return [...objects.values()];
}

const versions = (objects: readonly KubeObject[]): readonly string[] =>
  objects
    .map(({ metadata: { name, uid, resourceVersion } }) => `${name} ${uid} ${resourceVersion}`)
    .toSorted();

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((line, place) => line === other[place]);

/** What was told, in short: "name resourceVersion" for each object as it came to be, "name gone" for each that went. */
export const toldOf = ({ told }: Watching<DataObject>): readonly string[] =>
  told.map(({ before, now }) =>
    now === undefined
      ? `${before?.metadata.name} gone`
      : `${now.metadata.name} ${now.metadata.resourceVersion}`,
  );
