import type { LogLevel } from '../../../log/pino-logger.ts';

/** The operator's settings, as its command line gives them. */
export interface ControllerOptions {
  readonly metricsPort: number;
  readonly healthPort: number;
  readonly maxConcurrentReconciles: number;
  /** So many clusters at most are updated at once. */
  readonly maxConcurrentRollouts: number;
  readonly leaderElect: boolean;
  /** Empty means all namespaces. */
  readonly watchNamespaces: readonly string[];
  /** Instances tell what happens as it happens; otherwise they are only asked, each primary as often as it is granted its lease. */
  readonly instanceEvents: boolean;
  /** Pods may be given other resources while they run; otherwise they are made anew for that. */
  readonly resizesInPlace: boolean;
  readonly logLevel: LogLevel;
  /** Where the operator itself runs: its Lease is there. */
  readonly namespace: string;
  /** Who it is among operators: its pod's name. */
  readonly identity: string;
  /** The image that instances copy the manager binary from: the operator's own. */
  readonly operatorImage: string;
}
