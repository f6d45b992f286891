import { type HeldRole, isPromise, ledIn, sameTenure, type Tenure, type TermRecord } from './tenure.ts';

/**
 * The value of min-replicas-to-write that closes the write gate: more replicas than any cluster has.
 * Setting it takes 0.14 ms, and reads go on.
 */
export const closedGate = 10_000;
export const isClosed = (writeGate: number): boolean => writeGate >= closedGate;

/** Where a replica is pointed when it shall follow nobody but keep its history: nothing listens there. */
export const nowhere = { host: '127.0.0.1', port: 1 } as const;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Everything the decision about our own role may look at. */
export interface RoleView {
  readonly pod: string;
  /** The newest tenure known, perhaps from a cache; undefined when nobody has been appointed. */
  readonly tenure: Tenure | undefined;
  /** The tenure as a live read gave it a moment ago; undefined when there was none, or it is too old to act on. */
  readonly confirmed: Tenure | undefined;
  /** Where the tenure's primary listens; undefined while nobody has written it down. */
  readonly primaryAddress: Address | undefined;
  /** Where we listen ourselves. */
  readonly ownAddress: Address;
  /** Tells this redis-server process from every other; undefined before the first was started. */
  readonly run: string | undefined;
  /** The term in force when this redis-server started; undefined until a live read after its start has told. */
  readonly bootTerm: number | undefined;
  /** A proof holds still that nobody else may write in the tenure as it is known. */
  readonly proved: boolean;
  /** Whom this primary hands over to: it takes no writes meanwhile. Undefined when it does not. */
  readonly released: string | undefined;
  /** It has released its term, and taken no writes since: a candidate had all that it has. */
  readonly handedOver: boolean;
  /** Its port is open. */
  readonly listens: boolean;
  /** Clients may connect; false for a moment after a release, until they are led to the successor. */
  readonly mayListen: boolean;
  /** The highest term that the operator asked us to promise; undefined when it never did. */
  readonly promiseAsked: number | undefined;
  /**
   * The link is up, but was made by the old SYNC: its stream has no history, and can never be proved in sync. That is what
   * Redis falls back to when the other one refused PSYNC, as one that is being promoted may for a moment.
   */
  readonly linkLacksHistory: boolean;
  /** It could not load the data it was sent, and is to ask for it no sooner than in a while: why. */
  readonly syncWaits?: string | undefined;
  /** Proved in sync with whom it follows. */
  readonly inSync: boolean;
  /** `wanted` its data has what its next primary has not, and is to be saved first; `saving` that is being done. */
  readonly aside: 'none' | 'wanted' | 'saving';
  /** The cluster is one instance, and there has been no other: nobody else could be appointed. */
  readonly alone: boolean;
  /** Undefined when the volume's record cannot be read. */
  readonly record: TermRecord | undefined;
  /** What is to be written to the volume as soon as nothing else is to be done: it changes nothing of what is obeyed. */
  readonly note?: TermRecord | undefined;
  /** How many replicas must stream before writes are taken, once they are allowed. */
  readonly minSyncReplicas: number;
  readonly redis: RedisRole;
}

/** What redis-server is at the moment. `follows` is undefined for a primary. */
export interface RedisRole {
  readonly follows: Address | undefined;
  /** min-replicas-to-write as it is set now. */
  readonly writeGate: number;
}

/** One idempotent step towards the role that the tenure gives us. */
export type RoleStep =
  | { readonly kind: 'keep'; readonly because: string }
  /** Wait for a proof, such as a live read of the tenure: only that may make us writable. */
  | { readonly kind: 'confirm'; readonly because: string }
  /** Write term and role to the volume, before they have an effect. */
  | { readonly kind: 'adopt'; readonly record: TermRecord; readonly because: string }
  /** Write to the volume what has no effect, or has had it. */
  | { readonly kind: 'note'; readonly record: TermRecord; readonly because: string }
  /** Follow nobody, and take writes. */
  | { readonly kind: 'promote'; readonly minReplicas: number; readonly because: string }
  /** A primary takes writes with another number of replicas. */
  | { readonly kind: 'regate'; readonly minReplicas: number; readonly because: string }
  /** Take no writes from now on; reads go on. */
  | { readonly kind: 'fence'; readonly because: string }
  /** As `fence`, at the end of a pause, for a successor: clients are disconnected, and none is let in. */
  | { readonly kind: 'release'; readonly because: string }
  /** Open the port again. */
  | { readonly kind: 'listen'; readonly because: string }
  /** Follow nobody, but keep the history. */
  | { readonly kind: 'detach'; readonly because: string }
  /** Save our own data, which nobody else has, before it is replaced. */
  | { readonly kind: 'keepAside'; readonly because: string }
  | { readonly kind: 'follow'; readonly pod: string; readonly address: Address; readonly because: string };

/**
 * The next step towards the role the tenure gives us, design.md section 4. Applied again and again it ends in `keep`, or
 * in `confirm` where no proof is to be had. It never makes a redis-server writable that was not appointed after its start
 * (a cluster of one excepted), nor without a proof that nobody else may write (the same excepted), nor before term and
 * role are on the volume. A promise binds before any older tenure, and is written down before it has an effect.
 */
export function decideRole(view: RoleView): RoleStep {
  const step = decideOwnRole(view);
  const { note } = view;
  if (step.kind !== 'keep' || note === undefined) return step;
  const because = isPromise(note) ? `it may be appointed in term ${note.term}` : step.because;
  return { kind: 'note', record: note, because };
}

function decideOwnRole(view: RoleView): RoleStep {
  const { tenure } = view;
  const overdue = decideOverdue(view);
  if (overdue !== undefined) return overdue;
  const asked = promiseToWrite(view);
  if (asked !== undefined) {
    const because = `it is asked to promise term ${asked}`;
    return isWritable(view.redis) ? { kind: 'fence', because } : adopt(view, asked, undefined, because);
  }
  if (isPromise(view.record) && (tenure === undefined || tenure.term < view.record.term)) {
    return decideAsPromised(view.record.term, view);
  }
  if (tenure === undefined) return keep('nobody has been appointed yet');
  const refusal = whyRefused(tenure, view);
  if (refusal !== undefined) return keep(refusal);
  return tenure.primary === view.pod ? decideAsPrimary(tenure, view) : decideAsReplica(tenure, view);
}

/** What no tenure and no promise has a say in. */
function decideOverdue(view: RoleView): RoleStep | undefined {
  if (isWritable(view.redis) && !mayWrite(view)) {
    return { kind: 'fence', because: 'there is no proof any more that nobody else may write' };
  }
  if (view.listens || !view.mayListen) return undefined;
  return { kind: 'listen', because: 'clients may connect to it again' };
}

/** Nobody else could be appointed, or a proof says that nobody else is. */
const mayWrite = ({ alone, proved }: RoleView): boolean => alone || proved;

/** The promise that is to be written down now; undefined for none: a later tenure, or a later record, makes it idle. */
function promiseToWrite({ promiseAsked, record, tenure, bootTerm }: RoleView): number | undefined {
  if (promiseAsked === undefined || promiseAsked <= (tenure?.term ?? 0)) return undefined;
  // A promise made in a lost record may bind us in every term up to now.
  const obeyed = record?.term ?? bootTerm ?? promiseAsked;
  return promiseAsked > obeyed ? promiseAsked : undefined;
}

/** From the promise until a tenure of its term comes, nobody is followed and nothing is written. */
function decideAsPromised(term: number, { redis }: RoleView): RoleStep {
  const because = `it has promised to obey no term below ${term}`;
  if (isWritable(redis)) return { kind: 'fence', because };
  return followsSomebody(redis) ? { kind: 'detach', because } : keep(because);
}

/** Why this tenure is none to obey; a refused tenure changes nothing, the operator repairs it. */
function whyRefused(tenure: Tenure, view: RoleView): string | undefined {
  if (view.record === undefined) {
    // A promise made in the lost record may bind us in every term up to now, so only a later term frees us.
    return view.bootTerm !== undefined && tenure.term > view.bootTerm
      ? undefined
      : `the record on the volume is unreadable, so no term up to ${tenure.term} is obeyed`;
  }
  return tenure.term < view.record.term
    ? `term ${tenure.term} is older than term ${view.record.term}, which was obeyed already`
    : undefined;
}

function decideAsReplica(tenure: Tenure, view: RoleView): RoleStep {
  const { primary, term } = tenure;
  const named = `term ${term} names ${primary}`;
  if (isWritable(view.redis)) return { kind: 'fence', because: named };
  if (!holds(view.record, term, 'replica')) return adopt(view, term, 'replica', named);

  const address = view.primaryAddress;
  const unusable = whyNotFollowed(primary, address, view);
  if (address === undefined || unusable !== undefined) {
    return followsSomebody(view.redis)
      ? { kind: 'detach', because: `${named}, but ${unusable}` }
      : keep(`${named}, but ${unusable}`);
  }
  if (isAt(view.redis.follows, address) && view.linkLacksHistory) {
    return { kind: 'detach', because: `its link to ${primary} has no history and is made again` };
  }
  return isAt(view.redis.follows, address) ? keepFollowing(tenure, view) : follow(address, tenure, view);
}

/** Once it is in sync it has nothing of its own any more. */
function keepFollowing({ primary, term }: Tenure, { record, inSync }: RoleView): RoleStep {
  const because = `it follows ${primary}, as term ${term} says`;
  return record?.led !== undefined && inSync
    ? { kind: 'adopt', record: { term, role: 'replica' }, because: `${because}, and is in sync` }
    : keep(because);
}

/** What Redis would replace with a copy of the primary's data is saved first, if nobody else has it. */
function follow(address: Address, { primary, term }: Tenure, { aside }: RoleView): RoleStep {
  const because = `term ${term} names ${primary}`;
  switch (aside) {
    case 'none':
      return { kind: 'follow', pod: primary, address, because };
    case 'wanted':
      return { kind: 'keepAside', because: `${because}, which has not all that this instance has` };
    case 'saving':
      return keep(`${because}; what this instance alone has is being saved first`);
  }
}

function whyNotFollowed(
  primary: string,
  address: Address | undefined,
  { ownAddress: own, syncWaits }: RoleView,
): string | undefined {
  if (address === undefined) return `the address of ${primary} is not known yet`;
  if (isAt(address, own)) return `the address given for ${primary} is our own`;
  return syncWaits === undefined ? undefined : `its data could not be loaded: ${syncWaits}`;
}

function decideAsPrimary(tenure: Tenure, view: RoleView): RoleStep {
  const { term } = tenure;
  const barred = whyNotWritable(tenure, view);
  if (barred !== undefined) {
    return isWritable(view.redis) ? { kind: 'fence', because: barred } : keep(barred);
  }
  if (view.released !== undefined) return releaseTo(view.released, view);
  const named = `term ${term} names this instance`;
  const holdsIt = holds(view.record, term, 'primary');
  if (holdsIt && isWritable(view.redis)) return gateOfPrimary(term, view);
  const confirmed = view.confirmed !== undefined && sameTenure(view.confirmed, tenure);
  if (!confirmed && !(holdsIt && view.proved)) return { kind: 'confirm', because: named };
  if (!holdsIt) return adopt(view, term, 'primary', named);
  if (!mayWrite(view)) return { kind: 'confirm', because: named };
  return { kind: 'promote', minReplicas: view.minSyncReplicas, because: named };
}

/** Why an instance that the tenure names may not take writes all the same. */
function whyNotWritable(tenure: Tenure, view: RoleView): string | undefined {
  if (tenure.fenced) return `the primary of term ${tenure.term} is fenced`;
  if (holds(view.record, tenure.term, 'replica')) {
    return `it served term ${tenure.term} as a replica, and a term has one primary; a new appointment must come`;
  }
  return whyOfAnotherProcess(tenure, view);
}

/**
 * A tenure ends with the process that held it: another one holds only what survived, perhaps nothing. Where the record
 * does not name the process, it is one that was started before the tenure.
 */
export function whyOfAnotherProcess(
  { term, run: appointed }: Tenure,
  { run, bootTerm, alone }: Pick<RoleView, 'run' | 'bootTerm' | 'alone'>,
): string | undefined {
  if (appointed !== undefined && appointed === run) return undefined;
  if (bootTerm === undefined) {
    return 'the term that was in force when this redis-server started is not known yet';
  }
  if (alone || (appointed === undefined && term > bootTerm)) return undefined;
  return appointed === undefined
    ? `it was appointed in term ${term}, before this redis-server started; a new appointment must come`
    : `another process than this redis-server was appointed in term ${term}; a new appointment must come`;
}

function releaseTo(candidate: string, { redis, listens }: RoleView): RoleStep {
  const because = `it hands over to ${candidate}`;
  return isWritable(redis) || listens ? { kind: 'release', because } : keep(because);
}

function gateOfPrimary(term: number, view: RoleView): RoleStep {
  if (view.redis.writeGate === view.minSyncReplicas) return keep(`it is the primary of term ${term}`);
  const because = `spec.minSyncReplicas is ${view.minSyncReplicas}`;
  return { kind: 'regate', minReplicas: view.minSyncReplicas, because };
}

const keep = (because: string): RoleStep => ({ kind: 'keep', because });

/** Whoever led is remembered to have led until its data is another's. */
function adopt(
  { record, handedOver }: RoleView,
  term: number,
  role: HeldRole | undefined,
  because: string,
): RoleStep {
  const led = role === 'primary' || handedOver ? undefined : ledIn(record);
  // A promise changes nothing of its data.
  const saved = role === undefined ? record?.saved : undefined;
  const kept = { ...(led === undefined ? {} : { led }), ...(saved === undefined ? {} : { saved }) };
  return { kind: 'adopt', record: { term, role, ...kept }, because };
}

const holds = (record: TermRecord | undefined, term: number, role: HeldRole): boolean =>
  record?.term === term && record.role === role;

/** Writes are possible: it follows nobody and its gate is open. */
export const isWritable = (redis: RedisRole): boolean =>
  redis.follows === undefined && !isClosed(redis.writeGate);

/** It follows a real instance, not the place that stands for nobody. */
export const followsSomebody = (redis: RedisRole): boolean =>
  redis.follows !== undefined && !isAt(redis.follows, nowhere);

export const isAt = (one: Address | undefined, other: Address): boolean =>
  one?.host === other.host && one.port === other.port;
