/** UID, GID and fsGroup of the official Redis and Valkey images; a volume written by one stays readable for the other. */
export const redisUser = 999;

/** What the restricted pod security level asks of a whole pod. */
export const podSecurityContext = {
  runAsNonRoot: true,
  runAsUser: redisUser,
  runAsGroup: redisUser,
  fsGroup: redisUser,
  /** The whole volume is walked only when its top folder is somebody else's: a restart with a large volume stays quick. */
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** What the restricted pod security level asks of a container, and a root file system that nobody can change. */
export const containerSecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
