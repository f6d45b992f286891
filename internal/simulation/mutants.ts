import type { InstanceReport } from '../control/protocol.ts';
import type { Instances, Ports as OperatorPorts } from '../controller/cluster/ports.ts';
import type { Sighting } from '../controller/cluster/view.ts';
import { closedGate } from '../instance-manager/decide.ts';
import type { ClusterFacts } from '../instance-manager/facts.ts';
import type { ClusterSource, Ports as InstancePorts } from '../instance-manager/ports.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { Changes } from './changes.ts';
import type { Theme } from './story.ts';
import * as themes from './themes.ts';

/** A guard that is taken away or weakened by one step. */
export interface Mutant {
  readonly name: string;
  /** The story that catches it. */
  readonly theme: Theme;
  readonly seed: number;
  readonly changes: Changes;
}

type Reports = (report: InstanceReport) => InstanceReport;

/** What instances say reaches the operator changed. */
const hearing = (change: Reports): Changes => ({
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
    grant: (...granted) => instances.grant(...granted),
    forget: (cluster) => instances.forget(cluster),
  };
}

const instance = (change: (ports: InstancePorts) => Partial<InstancePorts>): Changes => ({
  instance: (ports) => ({ ...ports, ...change(ports) }),
});

const operator = (change: (ports: OperatorPorts) => Partial<OperatorPorts>): Changes => ({
  operator: (ports) => ({ ...ports, ...change(ports) }),
});

function unversioned<Kind extends KubeObject>(object: Kind): Kind {
  const { resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Says again what it heard last, from wherever, instead of reading. */
function staleReads(ports: InstancePorts): Partial<InstancePorts> {
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
const toldOf = (cluster: ClusterSource, change: (facts: ClusterFacts) => ClusterFacts): ClusterSource => ({
  read: async (signal) => {
    const facts = await cluster.read(signal);
    return facts === undefined ? undefined : change(facts);
  },
  watch: (onChange, signal) => cluster.watch((facts) => onChange(change(facts)), signal),
});

const redis = (change: (redis: InstancePorts['redis']) => Partial<InstancePorts['redis']>): Changes =>
  instance((ports) => ({ redis: Object.assign(Object.create(ports.redis), change(ports.redis)) }));

/** Every guard that can be reached at a port, taken away or weakened. Each must be caught. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a redis-server begins as a primary that its former replicas can follow',
    seed: 1,
    theme: themes.empties,
    changes: { boot: { follows: undefined, writeGate: closedGate } },
  },
  {
    name: 'a redis-server begins with its gate open',
    seed: 1,
    theme: themes.mixed,
    changes: { boot: { follows: undefined, writeGate: 0 } },
  },
  {
    name: 'the lease lasts three times as long',
    seed: 1,
    theme: themes.isolated,
    changes: instance(({ cluster }) => ({
      cluster: toldOf(cluster, (facts) => ({ ...facts, silenceSeconds: facts.silenceSeconds * 3 })),
    })),
  },
  {
    name: 'a grant counts from when it came, not from when it was asked for',
    seed: 1,
    theme: themes.heldUp,
    changes: {
      command: (command, at) =>
        command.kind === 'lease' ? { ...command, asOf: at.ports.clock.monotonic() } : command,
    },
  },
  {
    name: 'a primary never closes its gate',
    seed: 1,
    theme: themes.isolated,
    changes: redis((real) => ({
      setWriteGate: (count, signal) =>
        count >= closedGate ? Promise.resolve() : real.setWriteGate(count, signal),
    })),
  },
  {
    name: 'a redis-server that does not close its gate is left alive',
    seed: 1,
    theme: themes.hangs,
    changes: instance(({ processes }) => ({
      processes: { start: (...started) => processes.start(...started), kill: () => undefined },
    })),
  },
  { name: 'a live read is one from a cache', seed: 1, theme: themes.isolated, changes: instance(staleReads) },
  {
    name: 'peers deny having promised',
    seed: 2,
    theme: themes.unknowing,
    changes: instance(({ peers }) => ({
      peers: { ask: async (...asked) => ({ ...(await peers.ask(...asked)), term: 0 }) },
    })),
  },
  {
    name: 'peers are said to see no API server',
    seed: 1,
    theme: themes.orphaned,
    changes: instance(({ peers }) => ({
      peers: {
        ask: async (...asked) => ({
          ...(await peers.ask(...asked)),
          term: 0,
          reading: { kind: 'unreachable' },
        }),
      },
    })),
  },
  {
    name: 'the record is not written to the volume',
    seed: 1,
    theme: themes.mixed,
    changes: instance(({ records }) => ({
      records: { read: () => records.read(), write: () => Promise.resolve() },
    })),
  },
  {
    name: 'a restarted process may go on as primary',
    seed: 1,
    theme: themes.restarts,
    changes: hearing((report) => ({ ...report, bootTerm: 0 })),
  },
  {
    name: 'whoever answers was in sync',
    seed: 16,
    theme: themes.attaching,
    changes: hearing((report) => ({
      ...report,
      syncedTerm: report.promise === undefined ? report.term : report.promise.term - 1,
    })),
  },
  {
    name: 'all offsets are the same',
    seed: 1,
    theme: themes.behind,
    changes: hearing((report) => ({ ...report, offset: 1 })),
  },
  {
    name: 'whoever answers counts as having promised',
    seed: 1,
    theme: themes.mixed,
    changes: hearing((report) => ({
      ...longPromised(report),
      promise: { term: report.promise?.term ?? report.term + 1, forMs: 60_000 },
    })),
  },
  {
    name: 'status is written whatever has been written since',
    seed: 1,
    theme: themes.mixed,
    changes: operator(({ kube }) => ({
      kube: Object.assign(Object.create(kube), {
        replaceStatus: (...[resource, object, signal]: Parameters<typeof kube.replaceStatus>) =>
          kube.replaceStatus(resource, unversioned(object), signal),
      }),
    })),
  },
  {
    name: 'an empty data set passes for a full one',
    seed: 92,
    theme: themes.empties,
    changes: hearing((report) => ({ ...report, data: { ...report.data, keys: 1 } })),
  },
];

function longPromised(report: InstanceReport): InstanceReport {
  return report.promise === undefined ? report : { ...report, promise: { ...report.promise, forMs: 60_000 } };
}
