import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../control/protocol.ts';
import { OperatorError } from '../../errors.ts';
import type { Kube } from '../../kube/kube.ts';
import { keyText, MemoryStore } from '../../kube/memory-store.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { systemClock } from '../../time/system-clock.ts';
import { milliseconds } from '../../time/units.ts';
import { reportIn } from './failover/every-view.fixture.ts';
import { ClusterMemory } from './memory.ts';
import type { Happening, Ports } from './ports.ts';
import { reconcile } from './reconcile.ts';
import type { Sighting } from './view.ts';

const key: ObjectKey = { namespace: 'test', name: 'redis' };
const labels = { 'redis.io/cluster': 'redis' };
const names = ['redis-0', 'redis-1', 'redis-2'];
const entries = Object.fromEntries(
  names.map((name, n) => [
    name,
    { role: 'replica', connected: true, inSync: true, ip: `10.0.0.${n}`, podUID: `uid-${name}` },
  ]),
);
const appointed = {
  term: 7,
  targetPrimary: 'redis-0',
  targetPrimaryUID: 'uid-redis-0',
  currentPrimary: 'redis-0',
};

/** An API server and three instances in this process. What is done to them is written down in the order in which it is done. */
class Place {
  readonly deeds: string[] = [];
  readonly happenings: Happening[] = [];
  readonly sightings = new Map<string, Sighting>();
  readonly memory = new ClusterMemory(systemClock);
  status: Record<string, unknown> = { ...appointed, instancesStatus: entries };
  #version = 10;
  /** How many of our own writes the cache has yet to show. */
  stale: Record<string, unknown> | undefined;
  refuses: 'nothing' | 'the record' = 'nothing';

  says(name: string, report: Partial<InstanceReport>): void {
    const state = {
      pod: 'there',
      report,
      silentFor: 0,
      deleting: false,
      ended: false,
      outOfService: false,
    } as const;
    this.sightings.set(name, { kind: 'reported', report: { ...reportIn(name, state), ...report } });
  }

  silent(name: string, length: number): void {
    this.sightings.set(name, {
      kind: 'silent',
      because: 'no answer',
      for: milliseconds(length),
      last: undefined,
    });
  }

  get stored(): KubeObject {
    return {
      apiVersion: 'redis.io/v1',
      kind: 'RedisCluster',
      metadata: {
        name: 'redis',
        namespace: 'test',
        uid: 'uid',
        resourceVersion: String(this.#version),
        generation: 1,
      },
      spec: { instances: 3 },
      status: this.status,
    } as KubeObject;
  }

  get ports(): Ports {
    return {
      clock: systemClock,
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
      } as unknown as Ports['log'],
      kube: this.#kube(),
      caches: this.#caches(),
      instances: {
        sightings: () => Promise.resolve(this.sightings),
        command: (_cluster, { pod }, command) => {
          this.deeds.push(
            `${command.kind} ${pod}${command.kind === 'promote' ? ` as of ${command.asOf}` : ''}`,
          );
          return Promise.resolve(undefined);
        },
        grant: (_cluster, tenure) => void this.deeds.push(`grant ${tenure?.pod ?? 'nobody'}`),
        forget: () => undefined,
      },
      events: { record: (_cluster, happening) => void this.happenings.push(happening) },
      secrets: { ensure: () => Promise.resolve(void this.deeds.push('secrets')) },
      figures: { failedOver: () => void this.deeds.push('counted') },
      memory: this.memory,
      operatorImage: 'operator',
    };
  }

  #caches(): Ports['caches'] {
    const of = <Kind extends KubeObject>(objects: readonly Kind[]): MemoryStore<Kind> => {
      const store = new MemoryStore<Kind>(() => ['test/redis']);
      for (const object of objects) store.put(object);
      return store;
    };
    const pods = names.map((name, n) => ({
      metadata: { name, namespace: 'test', uid: `uid-${name}`, labels, ownerReferences: [ours] },
      status: { phase: 'Running', podIP: `10.0.0.${n}` },
    }));
    return {
      clusters: of([this.stored]),
      pods: of(pods as unknown as Pod[]),
      claims: of<PersistentVolumeClaim>([]),
      nodes: of<Node>([]),
      of: <Kind extends KubeObject>() => of<Kind>([]),
    };
  }

  #kube(): Kube {
    const write = <Kind extends KubeObject>(verb: string, resource: Resource<Kind>, name: string): void =>
      void this.deeds.push(`${verb} ${resource.plural} ${name}`);
    const done =
      (verb: string) =>
      <Kind extends KubeObject>(resource: Resource<Kind>, object: Kind): Promise<Kind> => {
        write(verb, resource, object.metadata.name);
        return Promise.resolve(object);
      };
    return {
      get: (resource: Resource, { name }: ObjectKey) => {
        if (resource.plural !== 'redisclusters') return Promise.resolve(undefined);
        write('read', resource, name);
        return Promise.resolve(this.stored);
      },
      apply: done('apply'),
      create: done('create'),
      replaceStatus: done('replace'),
      patchStatus: (resource: Resource, { name }: ObjectKey, change: { status: Record<string, unknown> }) => {
        write('record', resource, `${name} ${Object.keys(change.status).join()}`);
        if (this.refuses === 'the record') {
          return Promise.reject(
            new OperatorError({ code: 'conflict', status: 409, retryAfterSeconds: undefined }, 'old'),
          );
        }
        this.status = { ...this.status, ...change.status };
        this.#version++;
        return Promise.resolve(this.stored);
      },
      patch: (resource: Resource, at: ObjectKey) => {
        write('patch', resource, keyText(at));
        if (resource.plural !== 'services') return Promise.resolve({ metadata: at });
        return Promise.reject(
          new OperatorError({ code: 'timeout', status: undefined, retryAfterSeconds: undefined }, 'slow'),
        );
      },
    } as unknown as Kube;
  }
}

const ours = { apiVersion: 'redis.io/v1', kind: 'RedisCluster', name: 'redis', uid: 'uid', controller: true };
const synced = { role: 'replica', term: 7, syncedTerm: 7, bootTerm: 1 } as const;
const exited = {
  role: 'none',
  term: 7,
  bootTerm: 6,
  process: { state: 'exited', pid: 1, exit: { code: undefined, signal: 'SIGKILL' } },
} as const;
const signal = new AbortController().signal;

test('a primary that exited is replaced: the record before anything, then all commands and the leader Service', async () => {
  const place = new Place();
  place.says('redis-0', exited);
  place.says('redis-1', { ...synced, offset: 90, clock: 1234 });
  place.says('redis-2', { ...synced, offset: 50 });
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds.slice(0, 3), [
    'grant redis-0',
    'record redisclusters redis term,targetPrimary,targetPrimaryUID,primaryFencedSince,lastFailover',
    'grant redis-1',
  ]);
  assert.deepEqual(place.deeds.slice(3).sort(), [
    'follow redis-0',
    'follow redis-2',
    'patch services test/redis-leader',
    'promote redis-1 as of 1234',
  ]);
  assert.equal(place.status['targetPrimary'], 'redis-1');
  assert.deepEqual(
    place.happenings.map(({ reason }) => reason),
    ['FailoverStarted'],
  );
  assert.ok((revisit ?? 1e9) < 100, 'objects are applied in a later tick');
});

test('a grant is withdrawn before the fence is written, and promises are asked for in the same tick', async () => {
  const place = new Place();
  place.silent('redis-0', 1500);
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, [
    'grant nobody',
    'record redisclusters redis primaryFencedSince',
    'fence redis-0',
    'grant nobody',
    'prepare redis-1',
    'prepare redis-2',
  ]);
});

test('whoever decided on an older version is refused, does nothing else, and looks again soon', async () => {
  const place = new Place();
  place.refuses = 'the record';
  place.says('redis-0', exited);
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(
    place.deeds.map((deed) => deed.split(' ')[0]),
    ['grant', 'record'],
  );
  assert.ok((revisit ?? 1e9) < 100);
});

test('a cache that does not show our own last write yet is not decided on: it may name whom we have just fenced', async () => {
  const place = new Place();
  place.says('redis-0', { role: 'primary', term: 7, bootTerm: 6 });
  place.says('redis-1', synced);
  const { ports } = place;
  place.memory.of({ namespace: 'test', name: 'redis', uid: 'uid' }).wrote('11');
  // What the API server has by now.
  place.status = { ...place.status, primaryFencedSince: '2026-01-01T00:00:00Z' };
  await reconcile(key, ports, signal);
  assert.deepEqual(place.deeds.slice(0, 2), ['read redisclusters redis', 'grant nobody']);
});

test('a brief silence is not worth a write: nothing is done before it is over, or evidence', async () => {
  const place = new Place();
  place.silent('redis-0', 600);
  place.says('redis-1', synced);
  const revisit = await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, ['grant redis-0']);
  assert.ok((revisit ?? 1e9) < 401);
});

test('a fenced primary is granted nothing, and its fence is lifted when it answers', async () => {
  const place = new Place();
  place.status = { ...place.status, primaryFencedSince: '2026-01-01T00:00:00Z' };
  place.says('redis-0', { role: 'fenced', term: 7, bootTerm: 6 });
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.deepEqual(place.deeds, ['grant nobody', 'record redisclusters redis primaryFencedSince']);
  assert.equal(place.status['primaryFencedSince'], null);
});

test('a pod that was made anew under the name of the one appointed is granted nothing', async () => {
  const place = new Place();
  place.status = { ...place.status, targetPrimaryUID: 'the-one-before' };
  place.says('redis-0', { role: 'fenced', term: 7, bootTerm: 7 });
  place.says('redis-1', synced);
  place.says('redis-2', synced);
  await reconcile(key, place.ports, signal);
  assert.equal(place.deeds[0], 'grant nobody');
});
