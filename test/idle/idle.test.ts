import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropNamespace, makeNamespace, newName, TestCluster } from '../e2e/cluster.ts';

const namespace = newName('e2e-idle');
const minutes = Number(process.env['IDLE_MINUTES'] ?? 10);

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly namespace?: string; readonly resource: string; readonly name?: string };
}

describe('an idle cluster', () => {
  const cluster = new TestCluster(namespace, 'shop');
  before(async () => {
    await makeNamespace(namespace);
    await cluster.apply({ instances: 3 });
    await cluster.healthy(60);
  });
  after(() => dropNamespace(namespace));

  test(`causes no API write in ${minutes} minutes, by the API server's own record`, async () => {
    const log = process.env['CLUSTER_AUDIT_LOG'];
    assert.ok(
      log !== undefined,
      'CLUSTER_AUDIT_LOG names the record of writes: run this inside test/cluster/enter',
    );
    assert.ok(writesOf(log, '').length > 0, 'the record holds the writes that made the cluster');
    // The last probes and endpoint changes of the start settle within seconds.
    await sleep(15_000);
    const from = new Date().toISOString();
    await sleep(minutes * 60_000);
    const writes = writesOf(log, from).map(
      ({ verb, user, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name} by ${user.username}`,
    );
    assert.deepEqual(writes, []);
  });
});

/** Writes to the cluster's namespace since `from`, RFC 3339, whoever made them. */
function writesOf(log: string, from: string): readonly AuditEvent[] {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(namespace))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(
      ({ objectRef, requestReceivedTimestamp }) =>
        objectRef?.namespace === namespace && requestReceivedTimestamp >= from,
    );
}
