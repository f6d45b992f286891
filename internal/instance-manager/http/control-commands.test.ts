import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, before, test } from 'node:test';
import { commandPaths, largestBinary } from '../../control/protocol.ts';
import { createAuthority, issueInstance, issueOperatorClient, type KeyPair } from '../../pki/authority.ts';
import { systemClock } from '../../time/system-clock.ts';
import { obeyCommand } from '../commands.ts';
import { identity, primaryOfTerm3 } from '../facts.fixture.ts';
import { createFactsCell } from '../facts.ts';
import { answerGrants } from '../grants.ts';
import type { Ports } from '../ports.ts';
import { whyCommandRefused } from '../refuse.ts';
import { reportOf } from '../report.ts';
import {
  authority,
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

type Kind = keyof typeof commandPaths;
const kinds = Object.keys(commandPaths) as Kind[];
/** Nothing carries out its steps. */
const primary = () => createFactsCell(primaryOfTerm3(systemClock.monotonic()));

let cell = primary();
let replaced = 0;
let server: ControlServer;
before(async () => {
  const log = { warn: () => undefined };
  const ports = { clock: systemClock, identity, log } as unknown as Ports;
  const report = () => reportOf(identity, cell.current, systemClock.monotonic());
  server = await serve(report, {
    obey: (command) => obeyCommand(command, ports, cell, AbortSignal.timeout(5000)),
    answerGrants: () => answerGrants(ports, cell),
    upgrade: (command) => {
      const why = whyCommandRefused(command, cell.current, identity, systemClock.monotonic());
      if (why !== undefined) return Promise.resolve({ kind: 'refused', why });
      const isFit = command.version !== unfit;
      return Promise.resolve(
        isFit ? { kind: 'done', report: report() } : { kind: 'unfit', why: 'it is broken' },
      );
    },
    replace: () => {
      replaced += 1;
    },
  });
});
after(() => server.close());

/** The version of a binary that does not run. */
const unfit = 'unfit';

type Body = Readonly<Record<string, unknown>>;

/** A command of each kind that would be obeyed, were it not for what a test changes in it. */
const wellFormed = (kind: Kind, part: Body = {}): string =>
  JSON.stringify({
    podUID: 'u-0',
    term: ['lease', 'switchover', 'recall', 'upgrade'].includes(kind) ? 3 : 4,
    asOf: 1,
    resourceVersion: '11',
    primary: 'orders-1',
    candidate: 'orders-1',
    handover: 4,
    address: '10.0.0.2',
    version: '2',
    sha256: 'a'.repeat(64),
    bytes: 7,
    ...part,
  });

interface Asked {
  readonly kind: Kind;
  readonly method?: string;
  readonly body?: string;
  readonly client?: KeyPair | undefined;
  /** Says that so many bytes come, whatever does. */
  readonly length?: number;
}

/** The status of the answer, or how the connection was refused. */
async function ask({ kind, method = 'POST', body, client, length }: Asked): Promise<number | 'refused'> {
  const { promise, resolve } = Promise.withResolvers<number | 'refused'>();
  const shown = client === undefined ? {} : { cert: client.certificate, key: client.key };
  const agent = new Agent({ ca: authority.certificate, servername: serverName, ...shown });
  const headers = length === undefined ? {} : { 'content-length': length };
  const path = commandPaths[kind];
  const sent = request({ host: '127.0.0.1', port: server.port, path, method, agent, headers });
  sent.on('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    answer.destroy();
  });
  sent.on('error', () => resolve('refused'));
  if (length === undefined) sent.end(body ?? wellFormed(kind));
  else sent.write(body ?? '{');
  try {
    return await promise;
  } finally {
    agent.destroy();
  }
}

/** Asks with every kind of command; whatever is answered, nothing of this instance may change. */
async function refusedWith(expected: number | 'refused', part: Omit<Asked, 'kind'>): Promise<void> {
  cell = primary();
  const before = cell.current;
  for (const kind of kinds) {
    assert.equal(await ask({ kind, ...part }), expected, kind);
    assert.equal(cell.current, before, `${kind} changed something`);
  }
}

test('without a certificate, or with one that nobody here signed, no command is heard', async () => {
  const stranger = await createAuthority(now);
  await refusedWith('refused', { client: undefined });
  await refusedWith('refused', { client: await issueOperatorClient(stranger, cluster, now) });
});

test('a certificate that has expired gives no command', async () => {
  await refusedWith('refused', { client: await issueOperatorClient(authority, cluster, longAgo) });
});

test('a certificate with the name of another cluster gives no command', async () => {
  await refusedWith(403, { client: await issueOperatorClient(authority, neighbour, now) });
  await refusedWith(403, { client: await issueInstance(authority, neighbour, now) });
});

test('another instance of the cluster gives no command', async () => {
  await refusedWith(403, { client: await issueInstance(authority, cluster, now) });
});

test('commands are POSTs', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'])
    await refusedWith(405, { client: operator, method });
});

test('a body that is no command is refused: no JSON, no object, a field that is missing or of another shape', async () => {
  for (const body of ['', '{', 'null', '[]', '"lease"', '7', '{}'])
    await refusedWith(400, { client: operator, body });
  const shapes: readonly Body[] = [
    { term: 0 },
    { term: 1.5 },
    { term: '4' },
    { term: 2 ** 60 },
    { podUID: '' },
    { podUID: 7 },
  ];
  for (const part of shapes) {
    for (const kind of kinds) {
      assert.equal(
        await ask({ kind, client: operator, body: wellFormed(kind, part) }),
        400,
        JSON.stringify(part),
      );
    }
  }
  const own: readonly (readonly [Kind, Body])[] = [
    ['lease', { asOf: 'now' }],
    ['lease', { asOf: -1 }],
    ['promote', { asOf: null }],
    ['promote', { resourceVersion: 11 }],
    ['promote', { run: 7 }],
    ['promote', { instances: 0 }],
    ['follow', { address: 'orders-1.shop' }],
    ['follow', { address: '10.0.0.2\r\nSLAVEOF' }],
    ['follow', { primary: '' }],
    ['fence', { resourceVersion: '' }],
    ['switchover', { candidate: '' }],
    ['switchover', { address: 'orders-1' }],
    ['switchover', { handover: '4' }],
    ['recall', { handover: 0 }],
    ['upgrade', { version: '' }],
    ['upgrade', { sha256: 'A'.repeat(64) }],
    ['upgrade', { sha256: 'a'.repeat(63) }],
    ['upgrade', { bytes: 0 }],
    ['upgrade', { bytes: largestBinary + 1 }],
  ];
  for (const [kind, part] of own) {
    assert.equal(
      await ask({ kind, client: operator, body: wellFormed(kind, part) }),
      400,
      JSON.stringify(part),
    );
  }
});

test('a body that is too large is refused before it is read', async () => {
  const padding = 'x'.repeat(largestBody);
  for (const kind of kinds) {
    assert.equal(await ask({ kind, client: operator, body: wellFormed(kind, { padding }) }), 413, kind);
  }
});

test('a body that does not come is not waited for', async () => {
  const asked = systemClock.monotonic();
  assert.equal(await ask({ kind: 'lease', client: operator, length: 100 }), 408);
  assert.ok(systemClock.monotonic() - asked < bodyLimit + 2000);
});

test('a command for another pod is refused', async () => {
  for (const kind of kinds) {
    await refusedWith(409, { client: operator, body: wellFormed(kind, { podUID: 'u-1' }) });
  }
});

test('a command of an older term is refused', async () => {
  for (const kind of kinds) await refusedWith(409, { client: operator, body: wellFormed(kind, { term: 2 }) });
});

test('a lease is granted for the term that is held alone, and as of no moment to come', async () => {
  const body = (part: Body): string => wellFormed('lease', part);
  cell = primary();
  const before = cell.current;
  assert.equal(await ask({ kind: 'lease', client: operator, body: body({ term: 4 }) }), 409);
  assert.equal(await ask({ kind: 'lease', client: operator, body: body({ asOf: 1e15 }) }), 409);
  assert.equal(await ask({ kind: 'promote', client: operator, body: body({ term: 4, asOf: 1e15 }) }), 409);
  assert.equal(cell.current, before);
});

test('a term is released only by who holds it, to another, and for a later one that was not recalled', async () => {
  cell = primary();
  const known = cell.current.cluster ?? assert.fail();
  const refused = async (part: Body): Promise<void> => {
    const before = cell.current;
    const body = wellFormed('switchover', part);
    assert.equal(await ask({ kind: 'switchover', client: operator, body }), 409, JSON.stringify(part));
    assert.equal(cell.current, before);
  };
  await refused({ term: 4 });
  await refused({ candidate: 'orders-0' });
  await refused({ handover: 3 });
  cell.change({ cluster: { ...known, tenure: { term: 3, primary: 'orders-0', fenced: true } } });
  await refused({});
  cell.change({ cluster: known, stopping: true });
  await refused({});
  cell.change({ stopping: false, handingOver: true });
  await refused({});
  cell.change({ handingOver: false });
  const recall = wellFormed('recall', { handover: 5 });
  assert.equal(await ask({ kind: 'recall', client: operator, body: recall }), 200);
  await refused({ handover: 5 });
});

test('nobody promises to go on in the name of a process before it', async () => {
  cell = primary();
  const { cluster = assert.fail(), process } = cell.current;
  const tenure = { term: 3, primary: 'orders-0', fenced: false, run: 'the one before' };
  cell.change({ cluster: { ...cluster, tenure }, process: { ...process, run: 'this one' } });
  assert.equal(await ask({ kind: 'recall', client: operator }), 409);
  cell.change({ cluster: { ...cluster, tenure: { ...tenure, run: 'this one', fenced: true } } });
  assert.equal(await ask({ kind: 'recall', client: operator }), 200, 'a fence is none of its business');
});

test('nobody promises to go on who has handed over, or is about to', async () => {
  cell = primary();
  const refused = async (handover: number, expected: number): Promise<void> => {
    const body = wellFormed('recall', { handover });
    assert.equal(await ask({ kind: 'recall', client: operator, body }), expected, String(handover));
  };
  cell.change({ handingOver: true });
  await refused(4, 409);
  cell.change({
    handingOver: false,
    release: { term: 3, candidate: 'orders-1', handover: 4, followedAt: undefined },
  });
  await refused(4, 409);
  await refused(5, 409);
  assert.equal(cell.current.recalled, undefined);
  await refused(3, 200);
});

test('a grant that is sent again proves nothing new', async () => {
  cell = primary();
  const asOf = systemClock.monotonic();
  const [first, second] = [asOf - 500, asOf].map((at) => wellFormed('lease', { asOf: at }));
  assert.equal(await ask({ kind: 'lease', client: operator, body: first ?? '' }), 200);
  assert.equal(await ask({ kind: 'lease', client: operator, body: second ?? '' }), 200);
  assert.equal(cell.current.proof?.at, asOf);
  assert.equal(await ask({ kind: 'lease', client: operator, body: first ?? '' }), 200);
  assert.equal(cell.current.proof?.at, asOf);
});

test('a command that was overtaken is refused when it comes again', async () => {
  cell = primary();
  const tenure = { term: 4, primary: 'orders-0', fenced: true };
  const known = cell.current.cluster ?? assert.fail();
  cell.change({
    stored: { kind: 'record', record: { term: 4, role: 'primary' } },
    cluster: { ...known, tenure, resourceVersion: '12' },
  });
  const before = cell.current;
  for (const kind of ['lease', 'prepare', 'promote', 'follow'] as const) {
    assert.equal(await ask({ kind, client: operator, body: wellFormed(kind, { term: 4 }) }), 409, kind);
  }
  assert.equal(await ask({ kind: 'fence', client: operator, body: wellFormed('fence', { term: 3 }) }), 409);
  assert.equal(cell.current, before);
});

test('every command that was overheard is refused when it is sent again after the term has moved on (I14)', async () => {
  for (const kind of kinds) {
    cell = primary();
    const overheard = wellFormed(kind);
    const known = cell.current.cluster ?? assert.fail();
    cell.change({
      stored: { kind: 'record', record: { term: 5, role: 'primary' } },
      cluster: { ...known, tenure: { term: 5, primary: 'orders-0', fenced: false }, resourceVersion: '20' },
    });
    const before = cell.current;
    assert.equal(await ask({ kind, client: operator, body: overheard }), 409, kind);
    assert.equal(cell.current, before, `${kind} changed something`);
  }
});

test('what is not done in time is answered so', async () => {
  cell = primary();
  assert.equal(await ask({ kind: 'prepare', client: operator }), 409);
  assert.equal(cell.current.promiseAsked, 4, 'and is done all the same as soon as it can be');
});

test('a manager is replaced once its answer is on its way, and only in the term that it serves', async () => {
  cell = primary();
  assert.equal(
    await ask({ kind: 'upgrade', client: operator, body: wellFormed('upgrade', { term: 4 }) }),
    409,
  );
  assert.equal(
    await ask({ kind: 'upgrade', client: operator, body: wellFormed('upgrade', { version: unfit }) }),
    422,
    'it would be refused again',
  );
  assert.equal(replaced, 0);
  assert.equal(
    await ask({ kind: 'upgrade', client: operator, body: `${wellFormed('upgrade')}\nand the rest` }),
    200,
  );
  assert.equal(replaced, 1);
});
