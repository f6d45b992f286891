import { authSecret, controlSecret, Path, Port } from '../../../../api/v1/names.ts';

/** Where an instance finds and puts things, and where it listens. */
export interface Layout {
  readonly dataFolder: string;
  readonly runFolder: string;
  readonly projectedFolder: string;
  readonly terminationMessage: string;
  /** What runs as the manager, and is replaced when it is to be another version. */
  readonly managerBinary: string;
  readonly redisPort: number;
  readonly httpPort: number;
  readonly controlPort: number;
  /** Where the kernel tells of what the container uses and may; undefined where nothing does. */
  readonly controlGroup: string | undefined;
  /** The one address to listen on; undefined for all there are. */
  readonly listenAddress: string | undefined;
}

/** In a pod of ours. */
export const podLayout: Layout = {
  dataFolder: Path.data,
  runFolder: Path.run,
  projectedFolder: Path.projected,
  terminationMessage: '/dev/termination-log',
  managerBinary: Path.managerBinary,
  redisPort: Port.redis,
  httpPort: Port.http,
  controlPort: Port.control,
  controlGroup: '/sys/fs/cgroup',
  listenAddress: undefined,
};

export const socketPath = ({ runFolder }: Layout): string => `${runFolder}/redis.sock`;
/** What a manager leaves to the one that takes its place: on the volume in memory, and only while it is replaced. */
export const inheritancePath = ({ runFolder }: Layout): string => `${runFolder}/inheritance.json`;
/** What is known of passwords; on the volume in memory too. */
export const passwordsPath = ({ runFolder }: Layout): string => `${runFolder}/passwords.json`;
export const trialFolder = ({ runFolder }: Layout): string => `${runFolder}/trial`;
export const confPath = ({ runFolder }: Layout): string => `${runFolder}/redis.conf`;

/** The file of one key of the control Secret. */
export const controlFile = ({ projectedFolder }: Layout, cluster: string, key: string): string =>
  `${projectedFolder}/${controlSecret(cluster)}/${key}`;

/** The file that holds the password; `secret` is the user's own Secret, undefined for the one made for the cluster. */
export const passwordFile = (
  { projectedFolder }: Layout,
  cluster: string,
  secret: string | undefined,
): string => `${projectedFolder}/${secret ?? authSecret(cluster)}/password`;
