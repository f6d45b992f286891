import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
export const lastWriteTo = (namespace: string): number | undefined =>
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
  if (writes.some((write) => write.includes('by system:node:'))) throw new DeadlineMissed(writes.join('; '));
  assert.deepEqual(writes, []);
}
