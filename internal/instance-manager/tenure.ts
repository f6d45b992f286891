/**
 * Who is primary, as this instance read it in its RedisCluster's status: the only thing it obeys.
 * `fenced` is status.primaryFencedSince being set: that primary may not take writes.
 */
export interface Tenure {
  readonly term: number;
  readonly primary: string;
  readonly fenced: boolean;
  /** Which redis-server process of that pod was appointed; undefined in a record that does not say so. */
  readonly run?: string | undefined;
}

export type HeldRole = 'primary' | 'replica';

/** What the volume remembers: the highest term obeyed and the role held in it; `role` is undefined when none was taken. */
export interface TermRecord {
  readonly term: number;
  readonly role: HeldRole | undefined;
  /**
   * The last term in which it was the primary, while its data may have what nobody else has: until it is in sync with
   * another. Undefined otherwise, and while it is the primary of `term`.
   */
  readonly led?: number | undefined;
  /** The primary of `term` ended in order, and all its replicas had then all that it had. */
  readonly handedOver?: boolean | undefined;
  /**
   * The term whose primary it was when it ended in order and saved its data set, and has taken no role since: the volume has
   * all that was acknowledged in it. Undefined otherwise.
   */
  readonly saved?: number | undefined;
}

/** The last term that it led in, if its data may be its own since; see `TermRecord.led`. */
export function ledIn(record: TermRecord | undefined): number | undefined {
  if (record?.handedOver === true) return undefined;
  return record?.role === 'primary' ? record.term : record?.led;
}

/** A record of a term without a role in it: the promise to obey no lower one, see docs/failover.md. */
export const isPromise = (record: TermRecord | undefined): record is TermRecord =>
  record !== undefined && record.term > 0 && record.role === undefined;

export const sameTenure = (one: Tenure, other: Tenure): boolean =>
  one.term === other.term &&
  one.primary === other.primary &&
  one.fenced === other.fenced &&
  one.run === other.run;

/** As `sameTenure`; nobody appointed is the same as nobody appointed. */
export const isSameTenure = (one: Tenure | undefined, other: Tenure | undefined): boolean =>
  one === undefined || other === undefined ? one === other : sameTenure(one, other);

/**
 * The tenure in a RedisCluster's status. Undefined when nobody has been appointed yet, and also when the record makes
 * no sense (edited by hand): an instance that cannot read its orders gets none, and changes nothing.
 */
export function tenureOf(status: unknown): Tenure | undefined {
  const { term, targetPrimary, targetPrimaryRun, primaryFencedSince } = fieldsOf(status);
  if (typeof term !== 'number' || !Number.isSafeInteger(term) || term < 1) return undefined;
  if (typeof targetPrimary !== 'string' || targetPrimary === '') return undefined;
  // Any value but none is a fence, even one that is not a time: what cannot be read must not let writes through.
  const fenced = primaryFencedSince !== undefined && primaryFencedSince !== null;
  // Likewise: what is no name of a process names none that there is.
  const run = targetPrimaryRun ?? undefined;
  return { term, primary: targetPrimary, fenced, ...(run === undefined ? {} : { run: String(run) }) };
}

/** The lease that came with an appointment: of `term`, from the moment `asOf` of the appointed instance's own clock. */
export interface RecordedGrant {
  readonly term: number;
  readonly asOf: number;
}

/** The grant in a RedisCluster's status; undefined when there is none, or it makes no sense. */
export function grantOf(status: unknown): RecordedGrant | undefined {
  const { term, asOf } = fieldsOf(fieldsOf(status).targetPrimaryGrant);
  return typeof term === 'number' && typeof asOf === 'number' ? { term, asOf } : undefined;
}

/** Something lies where a tenure would lie, and makes no sense: an appointment of which nobody can tell the term. */
export const isUnreadable = (status: unknown): boolean => {
  const { term, targetPrimary } = fieldsOf(status);
  return (term !== undefined || targetPrimary !== undefined) && tenureOf(status) === undefined;
};

/** Every pod that status.instancesStatus speaks of. */
export const podsOf = (status: unknown): readonly string[] =>
  Object.keys(fieldsOf(fieldsOf(status).instancesStatus));

/** The addresses in status.instancesStatus, by pod; whatever is not an address in text is left out. */
export function addressesOf(status: unknown): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>();
  for (const [pod, entry] of Object.entries(fieldsOf(fieldsOf(status).instancesStatus))) {
    const { ip } = fieldsOf(entry);
    if (typeof ip === 'string' && ip !== '') addresses.set(pod, ip);
  }
  return addresses;
}

interface Fields {
  readonly term?: unknown;
  readonly targetPrimary?: unknown;
  readonly targetPrimaryRun?: unknown;
  readonly targetPrimaryGrant?: unknown;
  readonly asOf?: unknown;
  readonly primaryFencedSince?: unknown;
  readonly instancesStatus?: unknown;
  readonly ip?: unknown;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});
