import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { ControlClient, isRefusal } from '../../control/client.ts';
import { type GrantAnswer, grantLines } from '../../control/grants.ts';
import { commandPaths, type InstanceReport, statusPath } from '../../control/protocol.ts';
import { createAuthority, issueInstance, issueOperatorClient, type KeyPair } from '../../pki/authority.ts';
import { systemClock } from '../../time/system-clock.ts';
import { seconds } from '../../time/units.ts';
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
import { bodyLimit, largestBody } from './read-body.ts';

const report = { pod: 'orders-0', podUID: 'u-0', clock: 1, offset: 5 } as InstanceReport;
/** What was granted on each connection, in the order of their opening. */
const granted: number[][] = [];
/** What an instance would make of it is told by grants.test.ts. */
const answerGrants = () => {
  const asOfs: number[] = [];
  granted.push(asOfs);
  return ({ podUID, asOf }: { readonly podUID: string; readonly asOf: number }): GrantAnswer => {
    if (podUID !== 'u-0') return { kind: 'refused', why: 'it is for another pod' };
    asOfs.push(asOf);
    if (asOfs.length === 1) return { kind: 'report', report };
    return { kind: 'same', clock: asOf + 1, answeredMsAgo: 3, leaseLeftMs: 9, offset: 6 };
  };
};
let obeyed = 0;
let server: ControlServer;
before(async () => {
  server = await serve(() => report, {
    obey: () => {
      obeyed += 1;
      return Promise.resolve({ kind: 'done', report });
    },
    answerGrants,
  });
});
after(() => server.close());

const endpoint = () => ({ host: '127.0.0.1', port: server.port });
const limit = (): AbortSignal => systemClock.deadline(seconds(2));
const clientOf = ({ certificate: cert, key }: KeyPair): ControlClient =>
  new ControlClient({ ca: authority.certificate, cert, key, serverName });
const order = (asOf: number, podUID = 'u-0') => ({ term: 3, podUID, asOf });

interface Asked {
  readonly client?: KeyPair | undefined;
  readonly path?: string;
  readonly method?: string;
  readonly protocol?: string;
  readonly body?: string;
}

/** The status of the answer to a wish for lines, 101 where it is granted, or how the connection was refused. */
async function wish({
  client,
  path = commandPaths.lease,
  method = 'POST',
  protocol = grantLines,
  body,
}: Asked) {
  const { promise, resolve } = Promise.withResolvers<number | 'refused'>();
  const shown = client === undefined ? {} : { cert: client.certificate, key: client.key };
  const headers = { connection: 'Upgrade', upgrade: protocol };
  const common = { ...endpoint(), ca: authority.certificate, servername: serverName, agent: false, ...shown };
  const sent = request({ ...common, path, method, headers });
  sent.on('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    answer.destroy();
  });
  sent.on('upgrade', (_answer, socket) => {
    resolve(101);
    socket.destroy();
  });
  sent.on('error', () => resolve('refused'));
  sent.end(body);
  return await promise;
}

test('only the operator of the cluster is given lines, and only where grants are taken (I14)', async () => {
  const stranger = await createAuthority(now);
  const before = granted.length;
  assert.equal(await wish({}), 'refused');
  assert.equal(await wish({ client: await issueOperatorClient(stranger, cluster, now) }), 'refused');
  assert.equal(await wish({ client: await issueOperatorClient(authority, cluster, longAgo) }), 'refused');
  assert.equal(await wish({ client: await issueOperatorClient(authority, neighbour, now) }), 403);
  assert.equal(await wish({ client: await issueInstance(authority, neighbour, now) }), 403);
  assert.equal(await wish({ client: await issueInstance(authority, cluster, now) }), 403);
  for (const method of ['GET', 'PUT', 'DELETE']) assert.equal(await wish({ client: operator, method }), 405);
  assert.equal(await wish({ client: operator, path: '/v1/demote' }), 404);
  assert.equal(granted.length, before);
  assert.equal(await wish({ client: operator }), 101);
  assert.equal(granted.length, before + 1);
});

test('whoever asks for another protocol, elsewhere, or sends a body too, is answered as if it had not asked', async () => {
  assert.equal(await wish({ client: operator, path: statusPath, method: 'GET' }), 200);
  assert.equal(await wish({ client: operator, protocol: 'websocket' }), 400);
  const before = obeyed;
  assert.equal(await wish({ client: operator, body: JSON.stringify(order(1)) }), 200);
  assert.equal(obeyed, before + 1);
});

test('grants go over one connection, and the report after each is complete', async () => {
  const client = clientOf(operator);
  const before = granted.length;
  assert.deepEqual(await client.grant(endpoint(), order(1), limit()), report);
  const figures = { answeredMsAgo: 3, leaseLeftMs: 9, offset: 6 };
  for (const asOf of [2, 3])
    assert.deepEqual(await client.grant(endpoint(), order(asOf), limit()), {
      ...report,
      ...figures,
      clock: asOf + 1,
    });
  assert.deepEqual(granted.slice(before), [[1, 2, 3]]);
  client.close();
});

test('a grant that is refused is answered so, and the next one is taken', async () => {
  const client = clientOf(operator);
  await client.grant(endpoint(), order(1), limit());
  await assert.rejects(client.grant(endpoint(), order(2, 'u-1'), limit()), isRefusal);
  assert.equal((await client.grant(endpoint(), order(3), limit())).clock, 4);
  client.close();
});

test('two grants at once are given over two connections, and no command waits for either', async () => {
  const client = clientOf(operator);
  const answers = await Promise.all([
    client.grant(endpoint(), order(1), limit()),
    client.grant(endpoint(), order(1), limit()),
    client.command(endpoint(), 'prepare', { term: 4, podUID: 'u-0' }, limit()),
  ]);
  assert.deepEqual(answers, [report, report, report]);
  assert.equal((await client.grant(endpoint(), order(2), limit())).clock, 3);
  client.close();
});

test('a connection whose answer was not waited for is given up: the next answer is that of the next grant', async () => {
  const client = clientOf(operator);
  await client.grant(endpoint(), order(1), limit());
  const before = granted.length;
  const impatience = new AbortController();
  const given = client.grant(endpoint(), order(2), impatience.signal);
  impatience.abort();
  await assert.rejects(given);
  assert.deepEqual(await client.grant(endpoint(), order(3), limit()), report);
  assert.equal(granted.length, before + 1);
  client.close();
});

test('renewed certificates end the lines that were opened under the old ones, and others are opened at once', async () => {
  const client = clientOf(operator);
  await client.grant(endpoint(), order(1), limit());
  const before = granted.length;
  server.renew(certificates);
  await systemClock.sleep(seconds(0.1));
  assert.deepEqual(await client.grant(endpoint(), order(2), limit()), report);
  assert.equal(granted.length, before + 1);
  client.close();
});

/** A connection with lines on it, of which a test says each byte. */
async function opened(): Promise<TLSSocket> {
  const { certificate: cert, key } = operator;
  const socket = connect({ ...endpoint(), ca: authority.certificate, servername: serverName, cert, key });
  const head = ['host: it', 'connection: Upgrade', `upgrade: ${grantLines}`, 'content-length: 0'].join(
    '\r\n',
  );
  socket.write(`POST ${commandPaths.lease} HTTP/1.1\r\n${head}\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  return socket;
}

/** Everything that is said until the other side ends. */
async function said(socket: TLSSocket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

test('a line that is no grant ends them, and so does one that is too long: neither changes anything', async () => {
  const lines = ['', '{', '[]', '7', '{"term":3,"podUID":"u-0"}', '{"term":0,"podUID":"u-0","asOf":1}'];
  const padded = JSON.stringify({ ...order(1), padding: 'x'.repeat(largestBody) });
  for (const line of [...lines, padded]) {
    const socket = await opened();
    socket.write(`${line}\n${JSON.stringify(order(1))}\n`);
    assert.match(await said(socket), /^\{"kind":"refused"[^\n]*\n$/, line.slice(0, 40));
    assert.deepEqual(granted.at(-1), [], line.slice(0, 40));
  }
  const socket = await opened();
  socket.write('x'.repeat(largestBody + 1));
  assert.match(await said(socket), /a line has 4096 bytes at most/);
});

test('a line may come in pieces, but not for ever', async () => {
  const socket = await opened();
  const line = `${JSON.stringify(order(1))}\n`;
  for (const piece of [line.slice(0, 7), line.slice(7)]) {
    socket.write(piece);
    await systemClock.sleep(seconds(0.05));
  }
  const asked = systemClock.monotonic();
  socket.write(line.slice(0, 7));
  assert.match(
    await said(socket),
    /^\{"kind":"report"[^\n]*\n\{"kind":"refused","why":"the line did not come in time"\}\n$/,
  );
  assert.ok(systemClock.monotonic() - asked < bodyLimit + 2000);
  assert.deepEqual(granted.at(-1), [1]);
});
