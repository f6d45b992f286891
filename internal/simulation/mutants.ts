import { closedGate } from '../instance-manager/decide.ts';
import type { KubeObject } from '../kube/objects.ts';
import { milliseconds } from '../time/units.ts';
import type { Changes } from './changes.ts';
import {
  askingNobody,
  asOfPrimary,
  both,
  but,
  hearing,
  instance,
  longPromised,
  obeyingOlder,
  operator,
  reading,
  recalling,
  redis,
  staleReads,
  toldOf,
  unversioned,
  withoutUID,
} from './mutations.ts';
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
    name: 'a recorded grant counts from when the watch brings it',
    seed: 1,
    theme: themes.heardLate,
    changes: instance(({ cluster, clock }) => ({
      cluster: toldOf(cluster, ({ grant, ...facts }) => ({
        ...facts,
        grant: grant === undefined ? undefined : { ...grant, asOf: clock.monotonic() },
      })),
    })),
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
    seed: 4,
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
    changes: hearing((report) => ({
      ...report,
      process: { ...report.process, run: undefined },
      bootTerm: 0,
    })),
  },
  {
    name: 'whoever answers was in sync',
    seed: 1,
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
    name: 'nobody is asked for a promise',
    seed: 4,
    theme: themes.unknowing,
    changes: operator(({ instances }) => ({ instances: askingNobody(instances) })),
  },
  {
    name: 'status is written whatever has been written since',
    seed: 1,
    theme: themes.blind,
    changes: operator(({ kube }) => ({
      kube: but(kube, {
        patchStatus: (resource, key, change, signal) =>
          kube.patchStatus(resource, key, unversioned(change), signal),
      }),
    })),
  },
  {
    name: 'a fence is not waited for',
    seed: 1,
    theme: themes.orphaned,
    changes: both(
      recalling(({ fencedFor }) => (fencedFor === undefined ? {} : { fencedFor: milliseconds(60_000) })),
      hearing(longPromised),
    ),
  },
  {
    name: 'no witness is heard',
    seed: 1,
    theme: themes.unsighted,
    changes: hearing((report) => {
      const { upstream } = report;
      return upstream === undefined
        ? report
        : { ...report, upstream: { ...upstream, heardMsAgo: undefined } };
    }),
  },
  {
    name: 'a link that is up counts for in sync',
    seed: 1,
    theme: themes.justUp,
    changes: instance(({ upstream }) => ({
      upstream: { ask: async (...asked) => ({ ...(await upstream.ask(...asked)), offset: 0 }) },
    })),
  },
  {
    name: 'a fence is written before anybody could follow',
    seed: 1,
    theme: themes.nobodyToFollow,
    changes: hearing(asOfPrimary()),
  },
  {
    name: 'grants go on after a fence',
    seed: 3,
    theme: themes.flapping,
    changes: operator(({ instances }) => ({
      instances: but(instances, {
        grant: (cluster, tenure) => {
          if (tenure !== undefined) instances.grant(cluster, tenure);
        },
      }),
    })),
  },
  {
    name: 'a pod of the same name is the one that was appointed',
    seed: 1,
    theme: themes.replacedByName,
    changes: reading((cluster) => withoutUID(cluster)),
  },
  {
    name: 'a pod object that is gone is an end of its process',
    seed: 1,
    theme: themes.orphaned,
    changes: recalling((_, { targetUID }, pod) =>
      pod === undefined || pod.uid !== targetUID ? { ended: 'its pod is gone' } : {},
    ),
  },
  {
    name: 'minSyncReplicas is 0 for whoever appoints',
    seed: 1,
    theme: themes.tooFew,
    changes: reading((cluster) => {
      const { spec } = cluster as { readonly spec?: object };
      return { ...cluster, spec: { ...spec, minSyncReplicas: 0 } } as KubeObject;
    }),
  },
  {
    name: 'the lease lasts a fifth longer than the fence settles for',
    seed: 25,
    theme: themes.reading,
    changes: instance(({ cluster }) => ({
      cluster: toldOf(cluster, (facts) => ({ ...facts, silenceSeconds: facts.silenceSeconds * 1.35 })),
    })),
  },
  {
    name: "a user's fence that cannot be read is none",
    seed: 1,
    theme: themes.unreadableFence,
    changes: reading((cluster) => ({ ...cluster, metadata: { ...cluster.metadata, annotations: {} } })),
  },
  {
    name: "a user's fence that cannot be read lets a redis-server start",
    seed: 1,
    theme: themes.forgottenFence,
    changes: instance(({ cluster }) => ({
      cluster: toldOf(cluster, (facts) =>
        facts.fencedPods === 'unreadable' ? { ...facts, fencedPods: [] } : facts,
      ),
    })),
  },
  {
    name: 'a tenure that cannot be read is none, where no process is named',
    seed: 1,
    theme: themes.unreadableTenure,
    changes: both(
      instance(({ cluster }) => ({
        cluster: toldOf(cluster, (facts) => ({ ...facts, tenureUnreadable: false })),
      })),
      hearing((report) => ({ ...report, process: { ...report.process, run: undefined } })),
    ),
  },
  {
    name: 'an older tenure is obeyed after a promise',
    seed: 53,
    theme: themes.mixed,
    changes: instance(obeyingOlder),
  },
  {
    name: 'an empty data set passes for a full one',
    seed: 18,
    theme: themes.empties,
    changes: hearing((report) => ({ ...report, data: { ...report.data, keys: 1 } })),
  },
  {
    name: 'an appointment names no process',
    seed: 1,
    theme: themes.hasty,
    changes: hearing((report) => ({ ...report, process: { ...report.process, run: undefined } })),
  },
];
