import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, silenceError } from '../../internal/kube/errors.ts';
import type { Kube, WatchEvent } from '../../internal/kube/kube.ts';
import { keyOf } from '../../internal/kube/memory-store.ts';
import type { KubeObject, Resource, Selection } from '../../internal/kube/objects.ts';
import { pods } from '../../internal/kube/resources.ts';
import type { ApiServer } from './api-server.ts';

/** How soon a watch notices that its API server has become unreachable. */
const lookEvery = 50;

/** The API server as one process sees it: not at all while `reachable` says no. */
export function clientOf(server: ApiServer, reachable: () => boolean): Kube {
  const ask = async <Result>(answer: () => unknown): Promise<Result> => {
    await sleep(1);
    if (!reachable()) throw silenceError('unreachable', 'in memory', new Error('cut off by the schedule'));
    return structuredClone(answer()) as Result;
  };
  return {
    get: (resource, key) => ask(() => server.get(resource, key)),
    list: (resource, selection) =>
      ask(() => ({ items: server.list(resource, selection), resourceVersion: String(server.version) })),
    watch: (resource, selection, signal) => watch({ server, reachable, resource, selection }, signal),
    create: (resource, object) => ask(() => server.create(resource, object)),
    apply: (resource, object) => ask(() => applyTo(server, resource, object)),
    replace: (resource, object) => ask(() => server.change(resource, keyOf(object), object)),
    replaceStatus: (resource, object) => ask(() => server.replaceStatus(resource, object)),
    patch: (resource, key, change) => ask(() => server.change(resource, key, change)),
    patchStatus: (resource, key, change) => ask(() => server.change(resource, key, change)),
    patchResize: (key, change) => ask(() => server.change(pods, key, change)),
    delete: (resource, key, options) =>
      ask<void>(() => ignoreMissing(() => server.delete(resource, key, options))),
  };
}

function applyTo(server: ApiServer, resource: Resource, object: KubeObject): KubeObject {
  const held = server.get(resource, keyOf(object));
  return held === undefined
    ? server.create(resource, object)
    : server.change(resource, keyOf(object), object);
}

function ignoreMissing(action: () => void): void {
  try {
    action();
  } catch (failure) {
    if (!hasCode(failure, 'notFound')) throw failure;
  }
}

interface Watching {
  readonly server: ApiServer;
  readonly reachable: () => boolean;
  readonly resource: Resource;
  readonly selection: Selection & { readonly resourceVersion: string };
}

async function* watch<Kind extends KubeObject>(
  { server, reachable, resource, selection }: Watching,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<Kind>> {
  let version = Number(selection.resourceVersion);
  while (!signal.aborted) {
    if (!reachable()) throw silenceError('unreachable', 'watch', new Error('cut off by the schedule'));
    const events = server.since(resource, selection, version);
    version = server.version;
    yield* structuredClone(events) as readonly WatchEvent<Kind>[];
    if (version === server.version) await Promise.race([server.nextChange, sleep(lookEvery)]);
  }
}
