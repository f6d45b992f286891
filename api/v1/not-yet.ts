import type { RedisClusterSpec } from './redis-cluster.ts';

/** A part of the API that is described but not carried out yet. It is refused: no field may be a silent no-op. */
export interface NotYet {
  /** Below spec. */
  readonly field: string;
  /** The same as `refused`, for the API server: CEL on the spec, true when the object is all right. */
  readonly cel: string;
  readonly refused: (spec: RedisClusterSpec) => boolean;
  readonly valueIn: (spec: RedisClusterSpec) => unknown;
  readonly right: string;
}

/** Fields that may not be there at all. */
const absent = (field: keyof RedisClusterSpec): NotYet => ({
  field,
  cel: `!has(self.${field})`,
  refused: (spec) => spec[field] !== undefined,
  valueIn: (spec) => spec[field],
  right: 'this is not supported yet: leave it out',
});

/** Fields that may only have the value they have anyway. */
const fixed = (field: keyof RedisClusterSpec, value: string | number): NotYet => ({
  field,
  cel: `self.${field} == ${JSON.stringify(value).replaceAll('"', "'")}`,
  refused: (spec) => spec[field] !== value,
  valueIn: (spec) => spec[field],
  right: `only ${value} is supported yet`,
});

/** In the order of the fields. A capability that begins to work loses its line here. */
export const notYet: readonly NotYet[] = [
  fixed('mode', 'standalone'),
  fixed('primaryUpdateStrategy', 'unsupervised'),
  {
    field: 'storage.autoGrow',
    cel: '!has(self.storage.autoGrow)',
    refused: (spec) => spec.storage.autoGrow !== undefined,
    valueIn: (spec) => spec.storage.autoGrow,
    right: 'this is not supported yet: leave it out',
  },
  fixed('minSyncReplicas', 0),
  fixed('maxSyncReplicas', 0),
  absent('failover'),
  absent('primaryIsolation'),
  absent('aclConfigSecret'),
  absent('users'),
  absent('tlsSecret'),
  absent('caSecret'),
  absent('backupCredentialsSecret'),
  absent('bootstrap'),
  absent('replicaMode'),
  absent('connectionSecret'),
  absent('nodeMaintenanceWindow'),
];
