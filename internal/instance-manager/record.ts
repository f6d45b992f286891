import type { TermRecord } from './tenure.ts';

/** What was found where the record lies: nothing, a record, or something that is none. */
export type StoredRecord =
  | { readonly kind: 'absent' }
  | { readonly kind: 'record'; readonly record: TermRecord }
  | { readonly kind: 'unreadable'; readonly problem: string };

export const noRecord: TermRecord = { term: 0, role: undefined };

/** The record as one line; `parseRecord` reads it back. */
export const formatRecord = ({ term, role, led, handedOver, saved }: TermRecord): string =>
  JSON.stringify({ term, role, led, handedOver, saved });

/** Reads what `formatRecord` wrote. Keys that a later version may add are left alone. */
export function parseRecord(text: string): StoredRecord {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', problem: 'it is not JSON' };
  }
  const { term, role, led, handedOver, saved } = fieldsOf(found);
  if (typeof term !== 'number' || !Number.isSafeInteger(term) || term < 0) {
    return { kind: 'unreadable', problem: 'its term is no count' };
  }
  if (role !== undefined && role !== 'primary' && role !== 'replica') {
    return { kind: 'unreadable', problem: 'its role is unknown' };
  }
  // It decides of no role, only of a copy that is made: whatever stands there is better believed than not.
  const since = led === undefined ? {} : { led: typeof led === 'number' ? led : term };
  const handed = handedOver === true ? { handedOver } : {};
  const whole = typeof saved === 'number' ? { saved } : {};
  return { kind: 'record', record: { term, role, ...since, ...handed, ...whole } };
}

const fieldsOf = (
  value: unknown,
): {
  readonly term?: unknown;
  readonly role?: unknown;
  readonly led?: unknown;
  readonly handedOver?: unknown;
  readonly saved?: unknown;
} => (typeof value === 'object' && value !== null ? value : {});

/** The record to go by; an unreadable one tells nothing, and decideRole treats it apart. */
export const recordOf = (stored: StoredRecord): TermRecord =>
  stored.kind === 'record' ? stored.record : noRecord;
