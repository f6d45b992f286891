import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineMissed } from '../suite/deadlines.ts';

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly namespace?: string; readonly resource: string; readonly name?: string };
}

/** Writes to a namespace since `from` (RFC 3339), whoever made them, in words, by the API server's own record. */
export const writesTo = (namespace: string, from: string): readonly string[] =>
  eventsOf(namespace)
    .filter(({ requestReceivedTimestamp }) => requestReceivedTimestamp >= from)
    .map(
      ({ verb, user, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name} by ${user.username}`,
    );

/** When a namespace was last written to, in milliseconds since 1970; undefined if it never was. */
const lastWriteTo = (namespace: string): number | undefined =>
  eventsOf(namespace)
    .map((event) => Date.parse(event.requestReceivedTimestamp))
    .toSorted((one, other) => one - other)
    .at(-1);

function eventsOf(namespace: string): readonly AuditEvent[] {
  const log = process.env['CLUSTER_AUDIT_LOG'];
  assert.ok(
    log !== undefined,
    'CLUSTER_AUDIT_LOG names the record of writes: run this inside test/cluster/enter',
  );
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(namespace))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ objectRef }) => objectRef?.namespace === namespace);
}

/**
 * Fails where something was written to a namespace since `from` (RFC 3339). What a kubelet has found unwell, for want of a
 * processor, is told, and is not idle: DeadlineMissed.
 */
export function assertUnwritten(namespace: string, from: string): void {
  const writes = writesTo(namespace, from);
  if (isDisturbed(writes)) throw new DeadlineMissed(writes.join('; '));
  assert.deepEqual(writes, []);
}

const isDisturbed = (writes: readonly string[]): boolean =>
  writes.some((write) => write.includes('by system:node:'));

/** The record is long: it is not read more often than that. */
const lookEvery = 30_000;

/**
 * What was written to a namespace before nothing was for so many milliseconds: nothing at all, where it is idle. Where a kubelet has
 * found something unwell meanwhile they begin again, at most twice: DeadlineMissed.
 */
export async function writesWhileIdle(namespace: string, length: number): Promise<readonly string[]> {
  for (let disturbed = 0; disturbed <= 2; disturbed += 1) {
    const from = (lastWriteTo(namespace) ?? assert.fail('the record holds what made the namespace')) + 1;
    const since = new Date(from).toISOString();
    const remaining = (): number => from + length - Date.now();
    let writes = writesTo(namespace, since);
    for (let left = remaining(); left > 0 && writes.length === 0; left = remaining()) {
      await sleep(Math.min(lookEvery, left));
      writes = writesTo(namespace, since);
    }
    if (writes.length > 0) {
      // What follows from a kubelet's finding may be written before that is told.
      await sleep(lookEvery);
      writes = writesTo(namespace, since);
    }
    if (!isDisturbed(writes)) return writes;
    console.log(`a kubelet found something unwell: ${writes.join('; ')}`);
  }
  throw new DeadlineMissed('a kubelet found something unwell three times');
}
