import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { leasePolicy } from '../../../control/lease.ts';
import type { InstanceReport } from '../../../control/protocol.ts';
import { OperatorError } from '../../../errors.ts';
import { NotedLog } from '../../../kube/noted-log.fixture.ts';
import { HandClock } from '../../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../../time/units.ts';
import { clusterWith, reported } from '../views.fixture.ts';
import { type InstanceClient, InstanceLinks } from './links.ts';

const cluster = clusterWith({});
const key = `${cluster.metadata.namespace}/${cluster.metadata.name}`;
const { grantEvery } = leasePolicy(3);

/** As a client throws them: an answer of this status, or none at all. */
const failures = {
  'it is busy': new OperatorError({ code: 'refused', status: 409 } as const, '/v1/upgrade answered 409'),
  'it is broken off': new Error('read ECONNRESET'),
  'it is unfit': new OperatorError({ code: 'refused', status: 422 } as const, '/v1/upgrade answered 422'),
  'it is unknown': new OperatorError({ code: 'refused', status: 404 } as const, '/v1/upgrade answered 404'),
};

const binary: NonNullable<ConstructorParameters<typeof InstanceLinks>[0]['binary']> = {
  version: 'next',
  facts: async () => ({ sha256: 'a'.repeat(64), bytes: 7 }),
  open: () => Readable.from(['manager']),
};

/** The operator's links to a primary that answers each question with `report`, and pushes nothing. */
function linked(first: InstanceReport) {
  const clock = new HandClock();
  const heard: string[] = [];
  const state: { report: InstanceReport; asked: number; failure?: Error } = { report: first, asked: 0 };
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
    upgrade: async () => {
      if (state.failure !== undefined) throw state.failure;
      return state.report;
    },
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
    binary,
    mayGrant: () => true,
    onHeard,
  });

test('only what would be refused again is a refusal of a binary; what was in the way is asked again soon', async () => {
  const { clock, heard, state, links } = linked(serving);
  const target = { pod: serving.pod, uid: serving.podUID, ip: '10.0.0.1' };
  const kinds: string[] = [];
  for (const failure of Object.values(failures)) {
    state.failure = failure;
    kinds.push((await links.upgrade(cluster, target, 7)).kind);
  }
  assert.deepEqual(kinds, ['notNow', 'notNow', 'refused', 'refused']);
  delete state.failure;
  assert.deepEqual(await links.upgrade(cluster, target, 7), { kind: 'taken' });
  await clock.pass(milliseconds(1));
  assert.equal(heard.length, 5);
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
