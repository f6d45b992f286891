import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { connect as secure } from 'node:tls';
import { instanceServerName } from '../../../api/v1/names.ts';
import { ControlClient, type ControlIdentity } from '../../control/client.ts';
import * as protocol from '../../control/protocol.ts';
import {
  eventsPath,
  type InstanceEvent,
  type PeerAnswer,
  statusPath,
  tenurePath,
} from '../../control/protocol.ts';
import { createAuthority, issueInstance, issueOperatorClient, type KeyPair } from '../../pki/authority.ts';
import { systemClock } from '../../time/system-clock.ts';
import { milliseconds, seconds } from '../../time/units.ts';
import { identity } from '../facts.fixture.ts';
import { atBoot } from '../facts.ts';
import { reportOf } from '../report.ts';
import {
  authority,
  certificates,
  cluster,
  longAgo,
  neighbour,
  now,
  operator,
  serve,
  serverName,
} from './control.fixture.ts';
import type { ControlServer } from './control.ts';

const report = reportOf(
  identity,
  atBoot({ kind: 'absent' }, false, systemClock.monotonic()),
  systemClock.monotonic(),
);

const answer: PeerAnswer = { pod: 'orders-0', term: 3, reading: { kind: 'unreachable' } };

const stranger = await createAuthority(now);
const subscribers = new Set<(event: InstanceEvent) => void>();
let server: ControlServer;

before(async () => {
  server = await serve(() => report, {
    tenure: () => Promise.resolve(answer),
    obey: () => Promise.resolve({ kind: 'done', report }),
    answerGrants: () => () => ({ kind: 'report', report }),
    subscribe: (tell) => {
      subscribers.add(tell);
      return () => subscribers.delete(tell);
    },
  });
});
after(() => server.close());

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly client?: KeyPair | undefined;
  readonly maxVersion?: 'TLSv1.2';
}

/** The status of the answer, or how the connection was refused. */
async function ask({
  path = statusPath,
  method = 'GET',
  client,
  maxVersion,
}: Asked): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const identity = client === undefined ? {} : { cert: client.certificate, key: client.key };
  const agent = new Agent({ ca: authority.certificate, servername: serverName, ...identity });
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    path,
    method,
    agent,
    ...(maxVersion === undefined ? {} : { maxVersion }),
  });
  sent.on('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    answer.destroy();
  });
  sent.on('error', () => resolve('refused'));
  sent.end();
  try {
    return await promise;
  } finally {
    agent.destroy();
  }
}

const identityOf = (pair: KeyPair, name = serverName): ControlIdentity => ({
  ca: authority.certificate,
  cert: pair.certificate,
  key: pair.key,
  serverName: name,
});

/** Every path of the control port and the method that it wants: the protocol names each of them, so a new one is here. */
const endpoints: readonly Required<Pick<Asked, 'path' | 'method'>>[] = Object.values<unknown>(
  protocol,
).flatMap((value) => {
  if (typeof value === 'string') return [{ path: value, method: 'GET' }];
  return typeof value === 'object' && value !== null
    ? Object.values(value as Readonly<Record<string, unknown>>).map((path) => ({
        path: String(path),
        method: 'POST',
      }))
    : [];
});

test('the operator of the cluster may ask for the status and for the events', async () => {
  assert.equal(await ask({ client: operator }), 200);
  assert.equal(await ask({ client: operator, path: eventsPath }), 200);
});

test('another instance of the cluster may ask for the status and for the tenure alone', async () => {
  const peer = await issueInstance(authority, cluster, now);
  assert.equal(await ask({ client: peer }), 200);
  assert.equal(await ask({ client: peer, path: tenurePath }), 200);
  assert.equal(await ask({ client: peer, path: tenurePath, method: 'POST' }), 405);
  assert.equal(await ask({ client: peer, path: eventsPath }), 403);
});

test('no endpoint is reached without a certificate, with a stranger’s, an expired one, or an older TLS (I14)', async () => {
  assert.ok(endpoints.length >= 8 && endpoints.every(({ path }) => path.startsWith('/v1/')), 'all are known');
  const [unsigned, expired] = [
    await issueOperatorClient(stranger, cluster, now),
    await issueOperatorClient(authority, cluster, longAgo),
  ];
  for (const endpoint of endpoints) {
    const { path } = endpoint;
    assert.equal(await ask({ ...endpoint }), 'refused', path);
    assert.equal(await ask({ ...endpoint, client: unsigned }), 'refused', path);
    assert.equal(await ask({ ...endpoint, client: expired }), 'refused', path);
    assert.equal(await ask({ ...endpoint, client: operator, maxVersion: 'TLSv1.2' }), 'refused', path);
  }
});

test('a good certificate with the name of another cluster reaches no endpoint (I14)', async () => {
  for (const client of [
    await issueOperatorClient(authority, neighbour, now),
    await issueInstance(authority, neighbour, now),
  ]) {
    for (const endpoint of endpoints) assert.equal(await ask({ ...endpoint, client }), 403, endpoint.path);
  }
});

test('an instance of the cluster reaches none but what is for peers (I14)', async () => {
  const peer = await issueInstance(authority, cluster, now);
  const forPeers: readonly string[] = [statusPath, tenurePath];
  for (const endpoint of endpoints.filter(({ path }) => !forPeers.includes(path)))
    assert.equal(await ask({ ...endpoint, client: peer }), 403, endpoint.path);
});

test('other paths and methods are refused', async () => {
  assert.equal(await ask({ client: operator, path: '/' }), 404);
  assert.equal(await ask({ client: operator, path: '/v1/demote', method: 'POST' }), 404);
  assert.equal(await ask({ client: operator, path: `${statusPath}?x=1` }), 404);
  assert.equal(await ask({ client: operator, method: 'POST' }), 405);
  assert.equal(await ask({ client: operator, path: eventsPath, method: 'DELETE' }), 405);
});

test('the client reads the report, and trusts no server but an instance of its cluster', async () => {
  const endpoint = { host: '127.0.0.1', port: server.port };
  const client = new ControlClient(identityOf(operator));
  assert.deepEqual(
    await client.report(endpoint, systemClock.deadline(seconds(2))),
    JSON.parse(JSON.stringify(report)),
  );
  client.close();
  const elsewhere = new ControlClient(identityOf(operator, instanceServerName('orders2', 'shop')));
  await assert.rejects(elsewhere.report(endpoint, systemClock.deadline(seconds(2))), /altnames/);
  elsewhere.close();
});

test('a stream begins with the whole state, tells each event at once, and is forgotten when it ends', async () => {
  const endpoint = { host: '127.0.0.1', port: server.port };
  const client = new ControlClient(identityOf(operator));
  const stream = client.events(endpoint, systemClock.deadline(seconds(5)));
  assert.equal((await stream.next()).value?.kind, 'hello');
  assert.equal(subscribers.size, 1);
  for (const kind of ['exit', 'role'] as const) for (const tell of subscribers) tell({ kind, report });
  assert.equal((await stream.next()).value?.kind, 'exit');
  assert.equal((await stream.next()).value?.kind, 'role');
  await stream.return(undefined);
  await systemClock.sleep(seconds(0.1));
  assert.equal(subscribers.size, 0);
  client.close();
});

test('a subscriber that reads nothing is cut off before it costs much memory', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sent = request({
    host: '127.0.0.1',
    port: server.port,
    path: eventsPath,
    ca: authority.certificate,
    cert: operator.certificate,
    key: operator.key,
    servername: serverName,
    agent: false,
  });
  sent.on('response', (answer) => {
    answer.pause();
    resolve();
  });
  sent.on('error', () => undefined);
  sent.end();
  await promise;
  let told = 0;
  while (subscribers.size > 0 && told < 100_000) {
    for (const tell of subscribers) tell({ kind: 'role', report });
    told += 1;
    if (told % 100 === 0) await systemClock.sleep(seconds(0.001));
  }
  assert.equal(subscribers.size, 0);
  sent.destroy();
});

test('renewed certificates are served at once, and connections made under the old ones end', async () => {
  const endpoint = { host: '127.0.0.1', port: server.port };
  const client = new ControlClient(identityOf(operator));
  const stream = client.events(endpoint, systemClock.deadline(seconds(5)));
  await stream.next();
  const next = await createAuthority(now);
  const leaf = await issueInstance(next, cluster, now);
  server.renew({ cert: leaf.certificate, key: leaf.key, ca: next.certificate });
  await assert.rejects(async () => {
    for await (const _ of stream);
  });
  client.close();
  assert.equal(await ask({ client: operator }), 'refused');

  server.renew(certificates);
  assert.equal(await ask({ client: operator }), 200);
});

test('whoever is in the middle of a handshake when the server ends is answered nothing', async () => {
  const ending = await serve(() => report, {});
  const socket = connect(ending.port, '127.0.0.1');
  await once(socket, 'connect');
  await systemClock.sleep(milliseconds(20)); // until the server knows of it too
  ending.close();
  const { certificate: cert, key } = operator;
  const asking = secure({ socket, ca: authority.certificate, cert, key, servername: serverName });
  asking.write(`GET ${statusPath} HTTP/1.1\r\nhost: orders-0\r\n\r\n`);
  assert.equal(await text(asking).catch(() => ''), '');
});
