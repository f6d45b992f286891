const time = '2026-01-31T12:00:00Z';

export function condition(type: string): unknown {
  return {
    type,
    status: 'True',
    reason: 'Because',
    message: '',
    observedGeneration: 1,
    lastTransitionTime: time,
  };
}

/** With every field that there is. */
export const wholeStatus = {
  observedGeneration: 1,
  phase: 'Degraded',
  term: 7,
  targetPrimary: 'whole-1',
  currentPrimary: 'whole-0',
  primaryFencedSince: '2026-01-31T12:00:00.123456+01:00',
  primarySince: time,
  instances: 1,
  readyInstances: 0,
  rollingUpdate: {
    because: 'its image has changed',
    outdated: [{ pod: 'whole-0', reason: 'Image', because: 'its image has changed' }],
  },
  instancesStatus: {
    'whole-0': {
      role: 'replica',
      connected: true,
      inSync: false,
      replicationOffset: 9_007_199_254_740_991,
      replicaLagBytes: 0,
      masterLinkStatus: 'down',
      version: 'redis 7.2.4',
      lastSeenAt: time,
      ip: 'fd00::1',
      podUID: '3f6b8a52-0000-4000-8000-000000000000',
    },
  },
  healthyPVC: ['whole-0'],
  danglingPVC: ['whole-data-4'],
  image: 'redis:7.2',
  selector: 'redis.io/cluster=whole',
  pendingChanges: [{ field: 'spec', reason: 'whole-0 is older' }],
  lastFailover: { at: time, from: 'whole-2', to: 'whole-0', because: 'EXIT', lostBytesUpperBound: 12 },
  conditions: [condition('Ready'), condition('PrimaryAvailable')],
};
