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
  const state = { report: first, asked: 0 };
  const client: InstanceClient = {
    report: async () => {
      state.asked += 1;
      return state.report;
    },
    command: async () => state.report,
    grant: async () => state.report,
    async *events(_endpoint, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      yield undefined;
    },
    upgrade: async () => state.report,
    close: () => undefined,
  };
  const links = linksOver(client, clock, (one) => heard.push(one));
  return { clock, heard, state, links };
}

const linksOver = (client: InstanceClient, clock: HandClock, onHeard: (key: string) => void): InstanceLinks =>
  new InstanceLinks({
    clock,
    log: new NotedLog(),
    tlsOf: () => ({ ca: 'ca', cert: 'cert', key: 'key' }),
    connect: () => client,
    binary: undefined,
    mayGrant: () => true,
    onHeard,
  });

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

test('grants go as lines to whoever says that it takes them, and as requests to a manager that is older', async () => {
  const clock = new HandClock();
  let takesLines = false;
  const given: string[] = [];
  const told = (): InstanceReport => ({ ...serving, grantLines: takesLines ? true : undefined });
  const client: InstanceClient = {
    report: async () => told(),
    command: async (_endpoint, kind) => {
      given.push(kind);
      return told();
    },
    grant: async () => {
      given.push('line');
      return told();
    },
    async *events() {},
    upgrade: async () => told(),
    close: () => undefined,
  };
  const links = linksOver(client, clock, () => undefined);
  links.grant(cluster, { pod: serving.pod, podUID: serving.podUID, ip: '10.0.0.1', term: 7 });
  await clock.pass(milliseconds(grantEvery));
  takesLines = true;
  await clock.pass(milliseconds(2 * grantEvery));
  assert.deepEqual(given, ['lease', 'lease', 'lease', 'line'].slice(0, given.length));
  assert.equal(given.at(-1), 'line');
  links.close();
});

test('one that has told its end a moment ago is not asked for it: its manager is busy, and a failover would wait', async () => {
  const { clock, state, links } = linked(serving);
  const target = { pod: serving.pod, uid: serving.podUID, ip: '10.0.0.1' };
  const look = async () =>
    (await links.sightings(cluster, [target], new AbortController().signal)).get(serving.pod);
  state.report = reportOf({ state: 'exited', pid: undefined, exit: { code: undefined, signal: 'SIGKILL' } });
  const told = { kind: 'reported', report: state.report };
  assert.deepEqual([await look(), state.asked], [told, 1]);
  assert.deepEqual([await look(), state.asked], [told, 1]);
  await clock.pass(milliseconds(100));
  assert.deepEqual([await look(), state.asked], [told, 2]);
  links.close();
});

test('what somebody says while another is waited for is known when the wait is over', async () => {
  const clock = new HandClock();
  const silent = Promise.withResolvers<InstanceReport>();
  const told = Promise.withResolvers<InstanceReport>();
  const client: InstanceClient = {
    report: ({ host }) => (host === '10.0.0.1' ? silent.promise : Promise.resolve(serving)),
    command: async () => serving,
    grant: async () => serving,
    async *events({ host }) {
      if (host === '10.0.0.2') yield { kind: 'exit', report: await told.promise };
    },
    upgrade: async () => serving,
    close: () => undefined,
  };
  const links = linksOver(client, clock, () => undefined);
  const targets = [1, 2].map((n) => ({ pod: `shop-${n}`, uid: `uid-${n}`, ip: `10.0.0.${n}` }));
  const sightings = links.sightings(cluster, targets, new AbortController().signal);
  await clock.pass(milliseconds(100));
  const stopped = reportOf({ state: 'stopped', pid: undefined, exit: undefined });
  told.resolve({ ...stopped, clock: serving.clock + 100 });
  await clock.pass(milliseconds(100));
  silent.reject(new Error('no answer'));
  const seen = (await sightings).get('shop-2');
  assert.equal(seen?.kind === 'reported' ? seen.report.process.state : seen?.kind, 'stopped');
  links.close();
});

function reportOf(process: InstanceReport['process']): InstanceReport {
  const sighting = reported(0, { process });
  assert.equal(sighting.kind, 'reported');
  return sighting.report;
}
