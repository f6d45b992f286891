import { after, type Duration, type Moment, milliseconds } from '../time/units.ts';

/**
 * That nobody but the primary of `term` may write, as of `at`: when it asked, never when the answer came, which may
 * have been held up. `grant` the operator said so; `read` a live read did; `relay` a peer's live read did; `isolation`
 * nobody can appoint anybody. See docs/failover.md, "The write lease".
 */
export interface Proof {
  readonly kind: 'grant' | 'read' | 'relay' | 'isolation';
  readonly term: number;
  readonly at: Moment;
}

/** Up to when this proof lets the primary write. */
export const leaseEnd = (proof: Proof, lease: Duration): Moment => after(proof.at, lease);

/** The one that lets write longer; of two that are equal the one that was known. */
export const laterProof = (known: Proof | undefined, heard: Proof): Proof =>
  known !== undefined && known.at >= heard.at ? known : heard;

/** How the last attempt to get a proof in one way went; `since` is when it was begun. */
export type Attempt =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending' | 'ended'; readonly since: Moment };

export const noAttempt: Attempt = { kind: 'none' };

/** Everything the decision about the next proof may look at. */
export interface ProofView {
  readonly now: Moment;
  readonly lease: Duration;
  /**
   * `none` no proof is needed; `first` there is none for the tenure as it is known, or it has run out: writes wait for it;
   * `next` the one there is must be followed by another.
   */
  readonly need: 'none' | 'first' | 'next';
  readonly proof: Proof | undefined;
  /** Peers are asked only about a term that this instance has obeyed as its primary. */
  readonly peersMayBeAsked: boolean;
  readonly reading: Attempt;
  readonly asking: Attempt;
}

/** One thing to do for the next proof. `rest` until then, or until the view changes. */
export type ProofStep =
  | { readonly kind: 'rest'; readonly until: Moment | undefined }
  | { readonly kind: 'read' }
  | { readonly kind: 'ask' };

/**
 * The next step towards the next proof: nothing while the last one is young, since grants come unasked; then a live read; then the peers, when the read has ended without a proof or is late. The peers are asked at once
 * where the last proof came by way of them: the API server was out of reach a moment ago.
 */
export function decideProof(view: ProofView): ProofStep {
  if (view.need === 'none') return { kind: 'rest', until: undefined };
  const due = view.need === 'next' && view.proof !== undefined ? dueAfter(view.proof, view.lease) : undefined;
  if (due !== undefined && view.now < due) return { kind: 'rest', until: due };
  const readAt = mayBeginAt(view.reading, view);
  if (readAt !== undefined && readAt <= view.now) return { kind: 'read' };
  const askAt = view.peersMayBeAsked ? askingAt(due, view) : undefined;
  if (askAt !== undefined && askAt <= view.now) return { kind: 'ask' };
  return { kind: 'rest', until: earliest(readAt, askAt) };
}

/**
 * How old a proof may grow before another is looked for. A grant echoes what the answer to the grant before it said, so
 * that it is up to two of their intervals old (1 s of a lease of 1.65 s) before the next comes: more than that, or an
 * instance that is granted its lease would read all the same.
 */
export const dueAfter = (proof: Proof, lease: Duration): Moment =>
  after(proof.at, milliseconds((lease * 2) / 3));

/**
 * How long one question may take before the next way is tried. Three of them fit into the third of the lease that is
 * left when the first is asked: a read that hangs, a peer's read that hangs, and one for all that is slow.
 */
export const patienceOf = (lease: Duration): Duration => milliseconds(lease / 9);

/** How long after an attempt the same is tried again. Once writes have ended there is less of a hurry. */
const retryAfter = ({ now, lease, proof }: ProofView): Duration =>
  proof === undefined || now < leaseEnd(proof, lease) ? patienceOf(lease) : milliseconds(lease / 2);

/** When this kind of attempt may be begun; undefined while one is under way: its end changes the view. */
function mayBeginAt(attempt: Attempt, view: ProofView): Moment | undefined {
  if (attempt.kind === 'none') return view.now;
  return attempt.kind === 'pending' ? undefined : after(attempt.since, retryAfter(view));
}

/** `due` is when a proof was needed; undefined for long since. */
function askingAt(due: Moment | undefined, view: ProofView): Moment | undefined {
  const free = mayBeginAt(view.asking, view);
  const { reading } = view;
  if (free === undefined || reading.kind === 'none') return free;
  const byPeers = view.proof?.kind === 'relay' || view.proof?.kind === 'isolation';
  const readFailed = reading.kind === 'ended' && (due === undefined || reading.since >= due);
  const late = readFailed || byPeers ? reading.since : after(reading.since, patienceOf(view.lease));
  return later(free, late);
}

const later = (one: Moment, other: Moment): Moment => (one > other ? one : other);

function earliest(one: Moment | undefined, other: Moment | undefined): Moment | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}
