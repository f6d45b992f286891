/** What the rules look at in the status of the RedisCluster, as it lies at the API server. */
export interface Status {
  readonly term?: unknown;
  readonly targetPrimary?: string;
  readonly targetPrimaryUID?: string;
  readonly targetPrimaryRun?: string;
  readonly currentPrimary?: string;
  readonly primaryFencedSince?: string | null;
  readonly handover?: { readonly term?: number; readonly to?: string };
  readonly phase?: string;
  readonly lastFailover?: {
    readonly from?: string;
    readonly to?: string;
    readonly lostBytesUpperBound?: number;
  };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly instancesStatus?: Readonly<Record<string, { readonly ip?: string }>>;
}

export interface Tenure {
  readonly term: number;
  readonly primary: string;
  readonly uid: string | undefined;
  readonly run: string | undefined;
  readonly fenced: boolean;
  /** Who may take writes in which term, once the primary has released its own. */
  readonly offer: { readonly term: number; readonly to: string } | undefined;
}

export const statusIn = (object: unknown): Status =>
  (object as { readonly status?: Status } | undefined)?.status ?? {};

/** Undefined when nobody is appointed yet; `unreadable` when somebody has written nonsense over it. */
export function tenureIn(object: unknown): Tenure | 'unreadable' | undefined {
  const { term, targetPrimary, targetPrimaryUID, targetPrimaryRun, primaryFencedSince, handover } =
    statusIn(object);
  if (term === undefined && targetPrimary === undefined) return undefined;
  if (typeof term !== 'number' || targetPrimary === undefined) return 'unreadable';
  const fenced = primaryFencedSince !== undefined && primaryFencedSince !== null;
  const { term: offered, to } = handover ?? {};
  const offer = offered === undefined || to === undefined ? undefined : { term: offered, to };
  return { term, primary: targetPrimary, uid: targetPrimaryUID, run: targetPrimaryRun, fenced, offer };
}
