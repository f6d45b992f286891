import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly namespace?: string; readonly resource: string; readonly name?: string };
}

/** Writes to a namespace since `from` (RFC 3339), whoever made them, in words, by the API server's own record. */
export function writesTo(namespace: string, from: string): readonly string[] {
  const log = process.env['CLUSTER_AUDIT_LOG'];
  assert.ok(
    log !== undefined,
    'CLUSTER_AUDIT_LOG names the record of writes: run this inside test/cluster/enter',
  );
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(namespace))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(
      ({ objectRef, requestReceivedTimestamp }) =>
        objectRef?.namespace === namespace && requestReceivedTimestamp >= from,
    )
    .map(
      ({ verb, user, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name} by ${user.username}`,
    );
}
