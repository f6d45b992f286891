import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leasePolicy } from '../../../control/lease.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import { NotedLog } from '../../../kube/noted-log.fixture.ts';
import { HandClock } from '../../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../../time/units.ts';
import { clusterWith, reported } from '../views.fixture.ts';
import { type InstanceClient, InstanceLinks } from './links.ts';

const cluster = clusterWith({});
const key = `${cluster.metadata.namespace}/${cluster.metadata.name}`;
const { grantEvery } = leasePolicy(3);

/** The operator's links to a primary that answers each question with `report`, and pushes nothing. */
function linked(first: InstanceReport) {
  const clock = new HandClock();
  const heard: string[] = [];
  const state = { report: first };
  const client: InstanceClient = {
    report: async () => state.report,
    command: async () => state.report,
    async *events(_endpoint, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      yield undefined;
    },
    upgrade: async () => state.report,
    close: () => undefined,
  };
  const links = new InstanceLinks({
    clock,
    log: new NotedLog(),
    tlsOf: () => ({ ca: 'ca', cert: 'cert', key: 'key' }),
    connect: () => client,
    binary: undefined,
    mayGrant: () => true,
    onHeard: (one) => heard.push(one),
  });
  return { clock, heard, state, links };
}

const serving = reportOf({ state: 'running', pid: 7, exit: undefined });

test('what a primary answers when it is granted its lease is news when its Redis is another than before', async () => {
  const { clock, heard, state, links } = linked(serving);
  links.grant(cluster, { pod: serving.pod, podUID: serving.podUID, ip: '10.0.0.1', term: 7 });
  await clock.pass(milliseconds(3 * grantEvery));
  assert.deepEqual(heard, [], 'the same again is none');

  state.report = reportOf({ state: 'exited', pid: undefined, exit: { code: undefined, signal: 'SIGKILL' } });
  await clock.pass(grantEvery);
  assert.deepEqual(heard, [key], 'though no event came');

  state.report = reportOf({ state: 'running', pid: 8, exit: undefined });
  await clock.pass(grantEvery);
  assert.deepEqual(heard, [key, key]);
  links.close();
});

function reportOf(process: InstanceReport['process']): InstanceReport {
  const sighting = reported(0, { process });
  assert.equal(sighting.kind, 'reported');
  return sighting.report;
}
