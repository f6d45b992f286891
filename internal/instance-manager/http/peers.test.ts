import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { instanceServerName } from '../../../api/v1/names.ts';
import type { PeerAnswer } from '../../control/protocol.ts';
import { issueInstance } from '../../pki/authority.ts';
import { systemClock } from '../../time/system-clock.ts';
import { seconds } from '../../time/units.ts';
import { identity } from '../facts.fixture.ts';
import { atBoot } from '../facts.ts';
import { reportOf } from '../report.ts';
import { authority, leaf, neighbour, now, serve, serverName } from './control.fixture.ts';
import type { ControlServer } from './control.ts';
import { parsePeerAnswer } from './parse-peer-answer.ts';
import { HttpsPeers } from './peers.ts';

const answer: PeerAnswer = {
  pod: 'orders-1',
  term: 3,
  members: { instances: 2, pods: ['orders-0', 'orders-1'] },
  reading: { kind: 'read', resourceVersion: '9', tenure: { term: 3, primary: 'orders-0', fenced: false } },
};
const peer = { ...identity, podName: 'orders-1', podUID: 'u-1' };
let server: ControlServer;
before(async () => {
  const at = systemClock.monotonic();
  const report = reportOf(peer, atBoot({ kind: 'absent' }, false, at), at);
  server = await serve(() => report, { tenure: () => Promise.resolve(answer) });
});
after(() => server.close());

const peersWith = (name: string, certificate = leaf): HttpsPeers =>
  new HttpsPeers({
    clock: systemClock,
    port: server.port,
    serverName: name,
    identity: () =>
      Promise.resolve({
        ca: authority.certificate,
        cert: certificate.certificate,
        key: certificate.key,
      }),
  });
const limit = (): AbortSignal => systemClock.deadline(seconds(2));

test('an instance is answered by its peers, again and again', async () => {
  const peers = peersWith(serverName);
  for (let count = 0; count < 3; count += 1) {
    assert.deepEqual(await peers.ask('127.0.0.1', limit()), answer);
  }
  peers.close();
  assert.deepEqual(await peers.ask('127.0.0.1', limit()), answer, 'and after it was idle');
  peers.close();
});

test('it believes no server but an instance of its own cluster, and is believed by none but those', async () => {
  const elsewhere = peersWith(instanceServerName(neighbour.name, neighbour.namespace));
  await assert.rejects(elsewhere.ask('127.0.0.1', limit()), /altnames/);
  elsewhere.close();
  const foreign = peersWith(serverName, await issueInstance(authority, neighbour, now));
  await assert.rejects(foreign.ask('127.0.0.1', limit()), /403/);
  foreign.close();
});

test('an answer that cannot be read is none', () => {
  const good = JSON.stringify(answer);
  assert.deepEqual(parsePeerAnswer(good), answer);
  const nobody = { ...answer, reading: { kind: 'read', resourceVersion: '9', tenure: null } };
  assert.deepEqual(parsePeerAnswer(JSON.stringify(nobody)), nobody);
  const bad: readonly unknown[] = [
    null,
    {},
    { ...answer, pod: 1 },
    { ...answer, term: '3' },
    { ...answer, term: -1 },
    { ...answer, members: 2 },
    { ...answer, members: { instances: 2 } },
    { ...answer, members: { instances: '2', pods: [] } },
    { ...answer, members: { instances: 2, pods: [1] } },
    { ...answer, reading: undefined },
    { ...answer, reading: { kind: 'maybe' } },
    { ...answer, reading: { kind: 'read', resourceVersion: '9' } },
    { ...answer, reading: { kind: 'read', resourceVersion: 9, tenure: null } },
    { ...answer, reading: { kind: 'read', resourceVersion: '9', tenure: { term: 3, primary: 'orders-0' } } },
  ];
  for (const one of bad) assert.throws(() => parsePeerAnswer(JSON.stringify(one)));
  assert.throws(() => parsePeerAnswer(good.slice(1)));
});
