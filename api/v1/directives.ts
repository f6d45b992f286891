/** Directives of redis.conf that the operator sets: the user's own would break what it relies on. */
export const ownedDirectives: readonly string[] = [
  'aclfile',
  'appenddirname',
  'appendfilename',
  'appendonly',
  'bind',
  'daemonize',
  'dbfilename',
  'dir',
  'include',
  'loadmodule',
  'logfile',
  'masterauth',
  'masteruser',
  'pidfile',
  'port',
  'primaryauth',
  'primaryuser',
  'protected-mode',
  'rename-command',
  'replica-announce-ip',
  'replica-announce-port',
  'replica-read-only',
  'replicaof',
  'requirepass',
  'slaveof',
  'supervised',
  'unixsocket',
  'unixsocketperm',
  'user',
];
export const ownedFamilies: readonly string[] = ['min-replicas-', 'min-slaves-', 'tls-', 'cluster-'];

export const isOwnedDirective = (name: string): boolean =>
  ownedDirectives.includes(name) || ownedFamilies.some((family) => name.startsWith(family));
