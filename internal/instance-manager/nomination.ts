import { after, type Moment, seconds } from '../time/units.ts';
import type { Facts } from './facts.ts';
import { recordOf } from './record.ts';
import { isSame } from './same.ts';
import type { TermRecord } from './tenure.ts';

/** This instance may be appointed in `term`, until then: the operator is about to record that. */
export interface Nomination {
  readonly term: number;
  readonly until: Moment;
}

/** Must exceed a hand-over, `releaseLimit` and `commitLimit`. What is appointed later is written down when that comes. */
export const nominationHolds = seconds(5);

export const nominated = (term: number, now: Moment): Nomination => ({
  term,
  until: after(now, nominationHolds),
});

/**
 * What is on the volume before an appointment comes, so that nobody waits for the disk then: the promise to obey no lower
 * term, of one that may have led in it. To the process that wrote it it is nothing yet. The one after it cannot know whether
 * the appointment came, and what it reads is true either way.
 */
export const aheadOf = (term: number): TermRecord => ({ term, role: undefined, led: term });

/** With this on the volume the record need not be written before it has an effect. */
export const covers = (ahead: TermRecord | undefined, record: TermRecord): boolean =>
  record.role === 'primary' && isSame(ahead, aheadOf(record.term));

/**
 * Whoever was appointed notes that so much later: by then the others follow, whose disks may be on the same machine as its own. What
 * lies there until then binds as much.
 */
const noteRests = seconds(1);

/** What the volume is to hold, if it holds something else; undefined where it need not be written now. */
export function noteFor(
  { stored, ahead, nomination, adoptedAt }: Facts,
  now: Moment,
): TermRecord | undefined {
  if (stored.kind === 'unreadable') return undefined;
  const record = recordOf(stored);
  if (covers(ahead, record) && adoptedAt !== undefined && now < after(adoptedAt, noteRests)) return undefined;
  const mayBeAppointed =
    nomination !== undefined &&
    now < nomination.until &&
    record.term < nomination.term &&
    record.role === 'replica';
  const wanted = mayBeAppointed ? aheadOf(nomination.term) : record;
  return isSame(wanted, ahead ?? record) ? undefined : wanted;
}
