import { describeError } from '../errors.ts';
import type { Clock } from '../time/clock.ts';
import { between, type Duration, type Moment, milliseconds, seconds } from '../time/units.ts';
import { askPeers, takeIsolation } from './ask-peers.ts';
import type { Facts, FactsCell } from './facts.ts';
import { type Attempt, decideProof, dueAfter, noAttempt, type ProofView } from './lease.ts';
import { nextStep } from './next-step.ts';
import type { Ports } from './ports.ts';
import { readTenure } from './read-tenure.ts';
import { recordOf } from './record.ts';
import { isSameTenure } from './tenure.ts';
import { tellTheSame } from './told.ts';
import { isAlone, leaseOf, mayTakeWrites, type Place } from './view.ts';

/**
 * Gets the proofs that a primary needs to take writes, and to go on doing so, until `signal` aborts: live reads and, when
 * those fail, the word of the peers. While grants come it asks nobody. Returns the function that ends it.
 */
export function keepProved(place: Place, ports: Ports, cell: FactsCell, signal: AbortSignal): () => void {
  let attempts = noAttempts;
  let need: ProofView['need'] = 'none';
  const timer = alarm(ports.clock);
  const begin = (kind: keyof Attempts, done: Promise<void>): void => {
    const begun: Attempt = { kind: 'pending', since: ports.clock.monotonic() };
    attempts = { ...attempts, [kind]: begun };
    const failed = (thrown: unknown): void => ports.log.debug(words[kind], { error: describeError(thrown) });
    const settled = (): void => {
      // What was asked about an older tenure says nothing of when to ask about this one.
      if (attempts[kind] === begun) attempts = { ...attempts, [kind]: { ...begun, kind: 'ended' } };
      consider();
    };
    done.catch(failed).finally(settled);
  };
  const consider = (): void => {
    const view = proofViewOf(place, cell.current, attempts, ports.clock.monotonic());
    const step = signal.aborted || view === undefined ? idle : decideProof(view);
    need = view?.need ?? 'none';
    timer.set(step.kind === 'rest' ? step.until : undefined, consider);
    if (step.kind === 'rest') return;
    if (step.kind === 'read') begin('reading', readTenure(ports, cell, readLimit(cell.current), signal));
    else begin('asking', askPeers(place, ports, cell, signal));
    consider();
  };
  // Nobody else was there to be appointed until this moment: writes need not stop for the first proof.
  const noLongerAlone = (): void => {
    const term = cell.current.cluster?.tenure?.term;
    if (term !== undefined) {
      takeIsolation({ kind: 'isolation', term, at: ports.clock.monotonic() }, ports, cell);
    }
  };
  signal.addEventListener('abort', consider, { once: true });
  consider();
  return cell.listen((facts, before) => {
    // While proofs come, a later one puts off when the next is looked for, and that is all that a grant changes.
    const due = need === 'next' && tellTheSame(before, facts) ? dueIn(facts) : undefined;
    if (due !== undefined) return timer.set(due, consider);
    if (!isSameTenure(facts.cluster?.tenure, before.cluster?.tenure)) attempts = noAttempts;
    else if (isAlone(place.pod, before.cluster) && !isAlone(place.pod, facts.cluster)) noLongerAlone();
    consider();
  });
}

/** Calls once, at the moment that was set last; undefined is never. */
function alarm(clock: Clock) {
  let cancel = (): void => undefined;
  let setTo: Moment | undefined;
  return {
    set: (at: Moment | undefined, action: () => void): void => {
      if (at === setTo) return;
      cancel();
      setTo = at;
      if (at === undefined) return;
      cancel = clock.schedule(milliseconds(Math.max(0, between(clock.monotonic(), at))), () => {
        setTo = undefined;
        action();
      });
    },
  };
}

const dueIn = ({ proof, cluster }: Facts): Moment | undefined =>
  proof === undefined || cluster === undefined ? undefined : dueAfter(proof, leaseOf(cluster));

const idle = { kind: 'rest', until: undefined } as const;

interface Attempts {
  readonly reading: Attempt;
  readonly asking: Attempt;
}

const noAttempts: Attempts = { reading: noAttempt, asking: noAttempt };

/** An answer that comes later would hardly be a proof any more, and keeps the next question back. */
const readLimit = ({ cluster }: Facts): Duration =>
  cluster === undefined ? seconds(1) : milliseconds(leaseOf(cluster) / 2);

const words = {
  reading: 'the RedisCluster cannot be read',
  asking: 'the other instances cannot be asked',
} as const;

/** Undefined before the RedisCluster has been heard of. */
function proofViewOf(place: Place, facts: Facts, attempts: Attempts, now: Moment): ProofView | undefined {
  const { cluster, proof } = facts;
  if (cluster === undefined) return undefined;
  const alone = isAlone(place.pod, cluster);
  const { tenure } = cluster;
  const record = recordOf(facts.stored);
  const held = tenure?.primary === place.pod && record.role === 'primary' && record.term === tenure.term;
  const waits = nextStep(place, facts, now).kind === 'confirm';
  const writes = mayTakeWrites(facts) && !alone && facts.process.pid !== undefined;
  return {
    now,
    lease: leaseOf(cluster),
    need: waits ? 'first' : writes ? 'next' : 'none',
    proof,
    peersMayBeAsked: held && !alone,
    ...attempts,
  };
}
