import type { Moment } from '../time/units.ts';
import { atBoot, type ClusterFacts, type Facts, type RedisFacts } from './facts.ts';
import type { Identity } from './report.ts';

/** Test data: the first of two instances, its redis-server as a primary of some data, and its cluster. */
export const identity: Identity = {
  clusterName: 'orders',
  podNamespace: 'shop',
  podName: 'orders-0',
  podUID: 'u-0',
  podIP: '10.0.0.1',
  managerVersion: 'test',
};

export const redis: RedisFacts = {
  follows: undefined,
  writeGate: 0,
  linkUp: false,
  syncInProgress: false,
  replicationId: 'a',
  offset: 10,
  connectedReplicas: 1,
  keys: 3,
  writesRefused: undefined,
  listens: true,
};

export const cluster: ClusterFacts = {
  resourceVersion: '10',
  tenure: { term: 3, primary: 'orders-0', fenced: false },
  addresses: new Map([['orders-1', '10.0.0.2']]),
  instances: 2,
  pods: ['orders-0', 'orders-1'],
  minSyncReplicas: 0,
  silenceSeconds: 3,
  fencedPods: [],
};

/** The primary of term 3, which it was appointed for after its redis-server started, as looked at then. */
export function primaryOfTerm3(at: Moment): Facts {
  const boot = atBoot({ kind: 'record', record: { term: 3, role: 'primary' } }, true, at);
  const process = { ...boot.process, state: 'running', pid: 7, answeredAt: at, bootTerm: 2 } as const;
  return { ...boot, process, redis, cluster };
}
