import type { Volume as PodVolume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { claimName, Path } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { instanceSecrets } from './instance-secrets.ts';

/** The names of the volumes that are ours in every pod. */
export const Volume = {
  data: 'data',
  controller: 'controller',
  run: 'run',
  projected: 'projected',
} as const;

/** redis.conf, an ACL file and a socket are a few kilobytes; whatever fills this memory is a mistake. */
const runSizeLimit = '16Mi';
/** Readable by owner and group, which is the pod's fsGroup. */
const secretFileMode = 0o440;

export const podVolumes = (cluster: RedisCluster, ordinal: number): PodVolume[] => [
  dataVolume(cluster, ordinal),
  { name: Volume.controller, emptyDir: {} },
  { name: Volume.run, emptyDir: { medium: 'Memory', sizeLimit: runSizeLimit } },
  { name: Volume.projected, projected: { defaultMode: secretFileMode, sources: secretSources(cluster) } },
];

export const redisMounts = (_cluster: RedisCluster): VolumeMount[] => [
  { name: Volume.data, mountPath: Path.data },
  // A manager that is replaced in place puts the other one there itself.
  { name: Volume.controller, mountPath: Path.controller },
  { name: Volume.run, mountPath: Path.run },
  { name: Volume.projected, mountPath: Path.projected, readOnly: true },
];

function dataVolume(cluster: RedisCluster, ordinal: number): PodVolume {
  const { type, size } = cluster.spec.storage;
  if (type === 'emptyDir') return { name: Volume.data, emptyDir: { sizeLimit: size } };
  return {
    name: Volume.data,
    persistentVolumeClaim: { claimName: claimName(cluster.metadata.name, ordinal) },
  };
}

/** Each Secret in a folder of its own name, and of each only the keys that an instance needs. */
const secretSources = (cluster: RedisCluster) =>
  instanceSecrets(cluster).map(({ name, keys }) => ({
    secret: { name, items: keys.map((key) => ({ key, path: `${name}/${key}` })) },
  }));
