import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { test } from 'node:test';
import type { InstanceReport } from '../../../internal/control/protocol.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, milliseconds, seconds } from '../../../internal/time/units.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import { binaryOf, type ManagedProcess, startManaged, textIn, untilPrimary } from './managed-process.ts';
import { until } from './running.ts';

/** Resolves once the manager is of this version. */
const untilVersion = (one: ManagedProcess, version: string): Promise<InstanceReport> =>
  until(
    `version ${version}`,
    async () => {
      const report = await one.report();
      return report.managerVersion === version ? report : undefined;
    },
    seconds(30),
  );

/** Writes one number after the other over one connection, each with its line in the log of redis-server. */
function startWriting(one: ManagedProcess) {
  const client = one.client();
  let closed = 0;
  let written = 0;
  let longest = 0;
  let going = true;
  client.on('close', () => {
    closed += 1;
  });
  const work = (async () => {
    while (going) {
      const began = systemClock.monotonic();
      await client.set(`key-${written}`, written);
      await client.call('DEBUG', 'LOG', `line-${written}-`);
      longest = Math.max(longest, between(began, systemClock.monotonic()));
      written += 1;
      await systemClock.sleep(milliseconds(1));
    }
  })();
  return {
    stop: async () => {
      going = false;
      await work;
      return { written, closed, longest };
    },
  };
}

/** How long the plain port has not answered, looked at again and again until `over`. */
async function measureGap(one: ManagedProcess, over: Promise<unknown>): Promise<number> {
  let isOver = false;
  void over.finally(() => {
    isOver = true;
  });
  let longest = 0;
  let answered = systemClock.monotonic();
  while (!isOver) {
    if ((await one.probe('/healthz')) === 200) {
      const now = systemClock.monotonic();
      longest = Math.max(longest, between(answered, now));
      answered = now;
    }
    await systemClock.sleep(milliseconds(1));
  }
  return longest;
}

/** What is told is written a moment later. */
const untilLogged = (one: ManagedProcess, words: RegExp): Promise<true> =>
  until(String(words), () => Promise.resolve(words.test(one.log()) ? true : undefined));

const kill = (pid: number | undefined): void => {
  process.kill(pid ?? assert.fail('it has no pid'), 'SIGKILL');
};

test('a manager is replaced in place under a writer, twice, and its redis-server does not notice', async (context) => {
  const one = await startManaged(context);
  const before = await one.report();
  const writing = startWriting(one);
  for (const version of ['2', '3']) {
    const upgraded = one.upgrade(binaryOf(version), version).then(() => untilVersion(one, version));
    const gap = await measureGap(one, upgraded);
    context.diagnostic(`the manager did not answer for ${gap.toFixed(0)} ms`);
    const after = await upgraded;
    assert.deepEqual(after.process, before.process, 'the same redis-server');
    assert.equal(after.role, 'primary');
    assert.equal(after.term, 1);
    assert.equal(after.bootTerm, before.bootTerm);
    assert.ok((after.leaseLeftMs ?? 0) > 0, 'it may write');
    assert.deepEqual(
      await readdir(one.runFolder),
      ['passwords.json', 'redis.conf', 'redis.sock'],
      'what it was left is taken',
    );
    assert.deepEqual((await readdir(dirname(one.binary))).sort(), ['data', 'manager', 'run']);
    await systemClock.sleep(milliseconds(200));
  }
  const { written, closed, longest } = await writing.stop();
  context.diagnostic(`${written} writes, the longest ${longest.toFixed(1)} ms`);
  assert.equal(closed, 0, 'its connection was never broken');
  assertShorter(longest, 5000, 'the longest write');
  assert.equal(await one.client().dbsize(), written);
  const told = (): number => [...one.log().matchAll(/"logger":"redis".*line-\d+-/g)].length;
  await until('every line of its log was told', () => Promise.resolve(told() === written ? true : undefined));
  assert.doesNotMatch(one.log(), /taking no writes|"level":"error"/);
});

test('a manager that is replaced while nobody can read the RedisCluster goes on with what it was left', async (context) => {
  const one = await startManaged(context);
  await one.cutOff();
  await one.upgrade(binaryOf('2'), '2');
  const after = await untilVersion(one, '2');
  assert.deepEqual([after.role, after.term], ['primary', 1]);
  await until('its redis-server answers it', async () => {
    const { answeredMsAgo = Number.POSITIVE_INFINITY } = await one.report();
    return answeredMsAgo < 100 ? true : undefined;
  });
  await one.appoint(1);
  await systemClock.sleep(seconds(3));
  assert.equal((await one.report()).role, 'primary', 'and it proves its lease again');
  assert.doesNotMatch(one.log(), /NOAUTH|is killed/);
});

test('its redis-server that is killed afterwards is told of at once, with its signal, and started again', async (context) => {
  const one = await startManaged(context);
  await one.upgrade(binaryOf('2'), '2');
  const { process: server } = await untilVersion(one, '2');
  const killedAt = systemClock.monotonic();
  kill(server.pid);
  const exited = await until('its end is told', async () => {
    const report = await one.report();
    return report.process.pid === server.pid && report.process.state === 'running' ? undefined : report;
  });
  const took = between(killedAt, systemClock.monotonic());
  context.diagnostic(`SIGKILL to report: ${took.toFixed(1)} ms`);
  assertShorter(took, 2000, 'until its end was told');
  await untilLogged(one, /redis-server ended with signal SIGKILL/);
  assert.notEqual(exited.role, 'primary');
  const again = await until('it runs again', async () => {
    const report = await one.report();
    return report.process.state === 'running' ? report : undefined;
  });
  assert.notEqual(again.process.run, server.run);
  assert.equal(again.bootTerm, 1);
  await one.appoint(2);
  await untilPrimary(one);
});

test('a redis-server that ends while its manager is being replaced is told of as soon as there is one again', async (context) => {
  const one = await startManaged(context);
  const { process: server } = await one.report();
  await one.upgrade(binaryOf('2', `export ENDS_FIRST=${server.pid}`), '2');
  await untilLogged(one, /redis-server ended with signal SIGKILL/);
  const again = await until('it runs again', async () => {
    const report = await one.report();
    return report.process.state === 'running' && report.process.run !== server.run ? report : undefined;
  });
  assert.equal(again.role, 'fenced', 'it must be appointed anew');
});

test('a manager that cannot read what it was left ends the redis-server of which it knows nothing, and begins anew', async (context) => {
  const one = await startManaged(context);
  const { process: server } = await one.report();
  await one.client().set('key', 'value');
  await one.upgrade(binaryOf('2', `echo '{}' >${one.runFolder}/inheritance.json`), '2');
  const after = await until(
    'another redis-server runs',
    async () => {
      const report = await one.report();
      return report.process.state === 'running' && report.process.run !== server.run ? report : undefined;
    },
    seconds(30),
  );
  assert.equal(after.managerVersion, '2');
  assert.equal(after.role, 'fenced', 'it was not appointed');
  await untilLogged(one, /what another manager has left cannot be read/);
  await one.appoint(2);
  await untilPrimary(one);
  assert.equal(await one.client().get('key'), 'value');
});

test('a binary that is not what was announced, or is not fit, is refused, and nothing changes', async (context) => {
  const one = await startManaged(context);
  const before = await one.report();
  const good = binaryOf('2');
  const says = (answer: string): string => `#!/bin/sh\necho '${answer}'\n`;
  const fit = { version: '2', architecture: process.arch, formats: [1] };
  const cases: readonly (readonly [string, RegExp, object?])[] = [
    [good, /answered 422: the SHA-256 of the binary is/, { sha256: 'a'.repeat(64) }],
    [good, /answered 409: it is of version 1/, { version: '1' }],
    [good, /answered 409: it serves term 1/, { term: 2 }],
    [good, /answered 409: it is for the pod with UID another/, { podUID: 'another' }],
    ['\x7fELF of another processor', /answered 422: the binary does not run here/],
    ['#!/bin/sh\nexit 3\n', /answered 422: the binary does not run here/],
    [says('no JSON'), /does not say what it can do/],
    [says(JSON.stringify({ ...fit, version: '3' })), /is of version 3, and 2 was announced/],
    [says(JSON.stringify({ ...fit, architecture: 's390x' })), /is for s390x/],
    [says(JSON.stringify({ ...fit, formats: [7] })), /cannot take over/],
  ];
  for (const [binary, why, change] of cases) {
    await assert.rejects(one.upgrade(binary, '2', change), why);
    const after = await one.report();
    assert.equal(after.managerVersion, '1');
    assert.deepEqual(after.process, before.process);
    assert.equal(await textIn(one.binary), binaryOf('1'));
    assert.deepEqual((await readdir(dirname(one.binary))).sort(), ['data', 'manager', 'run']);
  }
});
