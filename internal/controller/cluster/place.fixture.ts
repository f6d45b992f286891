import type { InstanceReport } from '../../control/protocol.ts';
import { OperatorError } from '../../errors.ts';
import type { DeleteOptions, Kube } from '../../kube/kube.ts';
import { keyText, MemoryStore } from '../../kube/memory-store.ts';
import type { KubeObject, ObjectKey, Resource } from '../../kube/objects.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../kube/resources.ts';
import { systemClock } from '../../time/system-clock.ts';
import { milliseconds } from '../../time/units.ts';
import { reportIn } from './failover/every-view.fixture.ts';
import { ClusterMemory } from './memory.ts';
import type { Happening, Ports, Upgraded } from './ports.ts';
import type { Sighting } from './view.ts';

export const key: ObjectKey = { namespace: 'test', name: 'redis' };
const labels = { 'redis.io/cluster': 'redis' };
export const names = ['redis-0', 'redis-1', 'redis-2'];
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
export class Place {
  readonly deeds: string[] = [];
  readonly happenings: Happening[] = [];
  readonly sightings = new Map<string, Sighting>();
  readonly memory = new ClusterMemory(systemClock);
  status: Record<string, unknown> = { ...appointed, instancesStatus: entries };
  #version = 10;
  /** How many of our own writes the cache has yet to show. */
  stale: Record<string, unknown> | undefined;
  refuses: 'nothing' | 'the record' | 'whatever is new' = 'nothing';
  /** What the primary does when it is to hand over. */
  released = false;
  surelyLeads = true;
  /** What becomes of a manager that is sent its successor. */
  upgraded: Upgraded = { kind: 'taken' };
  annotations: Readonly<Record<string, string>> = {};
  /** Pods that another operator has made. */
  strange: readonly string[] = [];
  /** The status as it was written last; undefined before. */
  written: unknown;
  /** Pods that were made from an older spec, and what is different in the pods that are there from those in the cache. */
  outdated: readonly string[] = [];
  livePods: Readonly<Record<string, object>> = {};

  says(name: string, report: Partial<InstanceReport>): void {
    const said = { ...reportIn(name, { ...idle, report }), ...report };
    this.sightings.set(name, { kind: 'reported', report: said });
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
        annotations: this.annotations,
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
          if (command.kind === 'recall') return Promise.resolve(reportIn(pod, idle));
          if (command.kind !== 'switchover' || !this.released) return Promise.resolve(undefined);
          const { candidate, handover } = command;
          return Promise.resolve({ ...reportIn(pod, idle), released: { candidate, handover } });
        },
        grant: (_cluster, tenure) => void this.deeds.push(`grant ${tenure?.pod ?? 'nobody'}`),
        forget: () => undefined,
        upgrade: (_cluster, { pod }) => {
          this.deeds.push(`upgrade ${pod}`);
          return Promise.resolve(this.upgraded);
        },
      },
      events: { record: (_cluster, happening) => void this.happenings.push(happening) },
      secrets: {
        ensure: () => Promise.resolve(void this.deeds.push('secrets')),
        forget: () => undefined,
      },
      figures: {
        failedOver: () => void this.deeds.push('counted'),
        switchedOver: () => void this.deeds.push('counted a switchover'),
      },
      memory: this.memory,
      surelyLeads: () => this.surelyLeads,
      operatorImage: 'operator',
      managerVersion: 'test',
      resizesInPlace: true,
    };
  }

  #caches(): Ports['caches'] {
    const of = <Kind extends KubeObject>(objects: readonly Kind[]): MemoryStore<Kind> => {
      const store = new MemoryStore<Kind>(() => ['test/redis']);
      for (const object of objects) store.put(object);
      return store;
    };
    return {
      clusters: of([this.stored]),
      pods: of(names.map((name) => this.#pod(name))),
      claims: of<PersistentVolumeClaim>([]),
      nodes: of<Node>([]),
      of: <Kind extends KubeObject>() => of<Kind>([]),
    };
  }

  #pod(name: string): Pod {
    const image = this.outdated.includes(name) ? 'redis:7.0' : 'redis:7.2';
    const made = { 'redis.io/spec-parts': JSON.stringify({ image }) };
    const annotations = this.strange.includes(name) ? {} : made;
    const uid = `uid-${name}`;
    return {
      metadata: {
        name,
        namespace: 'test',
        uid,
        labels,
        annotations,
        ownerReferences: [ours],
        resourceVersion: '3',
      },
      status: {
        phase: 'Running',
        podIP: `10.0.0.${names.indexOf(name)}`,
        conditions: [{ type: 'Ready', status: 'True' }],
      },
    } as unknown as Pod;
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
      list: (resource: Resource) => {
        write('list', resource, '');
        const items = names.map((name) => {
          const pod = this.#pod(name);
          return { ...pod, metadata: { ...pod.metadata, resourceVersion: '4', ...this.livePods[name] } };
        });
        return Promise.resolve({ items, resourceVersion: '9' });
      },
      delete: (resource: Resource, { name }: ObjectKey, { preconditions }: DeleteOptions) => {
        write('delete', resource, `${name} ${preconditions?.uid} ${preconditions?.resourceVersion}`);
        return Promise.resolve();
      },
      apply: done('apply'),
      create: (resource: Resource, object: KubeObject) => {
        const made = done('create')(resource, object);
        if (this.refuses !== 'whatever is new') return made;
        const details = { code: 'namespaceTerminating', status: 403, retryAfterSeconds: undefined } as const;
        return Promise.reject(new OperatorError(details, 'it is being terminated'));
      },
      replaceStatus: (resource: Resource, object: KubeObject & { readonly status?: unknown }) => {
        this.written = object.status;
        return done('replace')(resource, object);
      },
      patchStatus: (resource: Resource, { name }: ObjectKey, change: { status: Record<string, unknown> }) => {
        write('record', resource, `${name} ${Object.keys(change.status).join()}`);
        if (this.refuses === 'the record') {
          return Promise.reject(
            new OperatorError({ code: 'conflict', status: 409, retryAfterSeconds: undefined }, 'old'),
          );
        }
        const merged = Object.entries({ ...this.status, ...change.status });
        this.status = Object.fromEntries(merged.filter(([, value]) => value !== null));
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

const idle = {
  pod: 'there',
  report: {},
  silentFor: 0,
  deleting: false,
  ended: false,
  outOfService: false,
  named: true,
} as const;
const ours = {
  apiVersion: 'redis.io/v1',
  kind: 'RedisCluster',
  name: 'redis',
  uid: 'uid',
  controller: true,
};
export const synced = { role: 'replica', term: 7, syncedTerm: 7, bootTerm: 1 } as const;
export const exited = {
  role: 'none',
  term: 7,
  bootTerm: 6,
  process: { state: 'exited', pid: 1, exit: { code: undefined, signal: 'SIGKILL' } },
} as const;
export const signal = new AbortController().signal;
