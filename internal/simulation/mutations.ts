import type { InstanceReport } from '../control/protocol.ts';
import { ClusterMemory, Recollection } from '../controller/cluster/memory.ts';
import type { Instances, Ports as OperatorPorts } from '../controller/cluster/ports.ts';
import type { Sighting } from '../controller/cluster/view.ts';
import type { ClusterFacts } from '../instance-manager/facts.ts';
import type { ClusterSource, Ports as InstancePorts } from '../instance-manager/ports.ts';
import type { Kube } from '../kube/kube.ts';
import type { KubeObject } from '../kube/objects.ts';
import { redisClusters } from '../kube/resources.ts';
import type { Store } from '../kube/store.ts';
import type { Changes } from './changes.ts';

type Reports = (report: InstanceReport) => InstanceReport;

/** What instances say reaches the operator changed. */
export const hearing = (change: Reports): Changes => ({
  operator: (ports) => ({ ...ports, instances: heardAs(ports.instances, change) }),
});

function heardAs(instances: Instances, change: Reports): Instances {
  const changed = (sighting: Sighting): Sighting =>
    sighting.kind === 'reported' ? { ...sighting, report: change(sighting.report) } : sighting;
  return {
    sightings: async (...asked) =>
      new Map([...(await instances.sightings(...asked))].map(([pod, sighting]) => [pod, changed(sighting)])),
    command: async (...ordered) => {
      const report = await instances.command(...ordered);
      return report === undefined ? undefined : change(report);
    },
    upgrade: (...asked) => instances.upgrade(...asked),
    grant: (...granted) => instances.grant(...granted),
    forget: (cluster) => instances.forget(cluster),
  };
}

/** Whoever is to promise is not asked, and counts as having promised. */
export function askingNobody(instances: Instances): Instances {
  const terms = new Map<string, number>();
  const command: Instances['command'] = (cluster, target, order, signal) => {
    if (order.kind !== 'prepare') return instances.command(cluster, target, order, signal);
    terms.set(target.pod, order.term);
    return Promise.resolve(undefined);
  };
  return heardAs(but(instances, { command }), (report) => {
    const term = terms.get(report.pod) ?? 0;
    return report.term >= term ? report : { ...report, promise: { term, forMs: 60_000 } };
  });
}

export const instance = (change: (ports: InstancePorts) => Partial<InstancePorts>): Changes => ({
  instance: (ports) => ({ ...ports, ...change(ports) }),
});

export const operator = (change: (ports: OperatorPorts) => Partial<OperatorPorts>): Changes => ({
  operator: (ports) => ({ ...ports, ...change(ports) }),
});

/** The same object but for these of its members; what it keeps private stays with it. */
export function but<Target extends object>(target: Target, members: Partial<Target>): Target {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in members) return members[name as keyof Target];
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

export const unversioned = ({
  metadata,
  ...change
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { resourceVersion: _version, ...others } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  return { ...change, metadata: others };
};

/** What an operator remembers of a cluster, changed. */
const remembering = (change: (recollection: Recollection) => void): Changes => {
  class ChangedMemory extends ClusterMemory {
    override of(cluster: Parameters<ClusterMemory['of']>[0]): Recollection {
      const recollection = super.of(cluster);
      change(recollection);
      return recollection;
    }
  }
  return operator(({ clock }) => ({ memory: new ChangedMemory(clock) }));
};

type Recall = Recollection['recall'];

export const recalling = (
  change: (recalled: ReturnType<Recall>, ...asked: Parameters<Recall>) => Partial<ReturnType<Recall>>,
): Changes =>
  remembering((recollection) => {
    recollection.recall = (...asked) => {
      const recalled = Recollection.prototype.recall.apply(recollection, asked);
      return { ...recalled, ...change(recalled, ...asked) };
    };
  });

/** What an operator reads of its RedisClusters, changed. */
export const reading = (change: (cluster: KubeObject) => KubeObject): Changes => {
  const changed = new WeakMap<KubeObject, KubeObject>();
  const read = (cluster: KubeObject): KubeObject => {
    const known = changed.get(cluster) ?? change(cluster);
    changed.set(cluster, known);
    return known;
  };
  const storeOf = (store: Store<KubeObject>): Store<KubeObject> =>
    but(store, {
      get: (key) => {
        const found = store.get(key);
        return found === undefined ? undefined : read(found);
      },
    });
  return operator(({ caches, kube }) => ({
    caches: but(caches, { clusters: storeOf(caches.clusters) }),
    kube: but(kube, {
      get: async (...[resource, ...asked]: Parameters<Kube['get']>) => {
        const found = await kube.get(resource, ...asked);
        return found === undefined || resource.plural !== redisClusters.plural ? found : read(found);
      },
    } as Partial<Kube>),
  }));
};

/** Several at once. */
export const both = (one: Changes, other: Changes): Changes => ({
  ...one,
  ...other,
  operator: (ports) => other.operator?.(one.operator?.(ports) ?? ports) ?? ports,
});

/** Says again what it heard last, from wherever, instead of reading. */
export function staleReads(ports: InstancePorts): Partial<InstancePorts> {
  let known: ClusterFacts | undefined;
  const keep = (facts: ClusterFacts): ClusterFacts => {
    known = facts;
    return facts;
  };
  const cluster = toldOf(ports.cluster, keep);
  const read: ClusterSource['read'] = (signal) =>
    known?.tenure === undefined ? cluster.read(signal) : Promise.resolve(known);
  return { cluster: { read, watch: cluster.watch } };
}

/** What an instance reads of its RedisCluster, changed. */
export const toldOf = (
  cluster: ClusterSource,
  change: (facts: ClusterFacts) => ClusterFacts,
): ClusterSource => ({
  read: async (signal) => {
    const facts = await cluster.read(signal);
    return facts === undefined ? undefined : change(facts);
  },
  watch: (onChange, signal) => cluster.watch((facts) => onChange(change(facts)), signal),
});

export const redis = (change: (redis: InstancePorts['redis']) => Partial<InstancePorts['redis']>): Changes =>
  instance((ports) => ({ redis: but(ports.redis, change(ports.redis)) }));

export function longPromised(report: InstanceReport): InstanceReport {
  return report.promise === undefined ? report : { ...report, promise: { ...report.promise, forMs: 60_000 } };
}

export function withoutUID(cluster: KubeObject): KubeObject {
  const { status } = cluster as { readonly status?: { readonly targetPrimaryUID?: string } };
  if (status === undefined) return cluster;
  const { targetPrimaryUID: _uid, ...others } = status;
  return { ...cluster, status: others } as KubeObject;
}

/** Everybody has the history of the primary that was heard last, and was in sync with it. */
export function asOfPrimary(): Reports {
  let replicationId: string | undefined;
  return (report) => {
    if (report.role === 'primary') replicationId = report.replicationId ?? replicationId;
    return { ...report, syncedTerm: report.term, replicationId: replicationId ?? report.replicationId };
  };
}

/** Whatever it reads is of the highest term that it has promised. */
export function obeyingOlder({ records, cluster }: InstancePorts): Partial<InstancePorts> {
  let promised = 0;
  return {
    records: {
      read: () => records.read(),
      write: (record) => {
        promised = Math.max(promised, record.term);
        return records.write(record);
      },
    },
    cluster: toldOf(cluster, (facts) => {
      const { tenure } = facts;
      return tenure === undefined
        ? facts
        : { ...facts, tenure: { ...tenure, term: Math.max(tenure.term, promised) } };
    }),
  };
}
