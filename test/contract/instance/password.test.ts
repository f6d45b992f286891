import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { binaryOf, startManaged } from './managed-process.ts';
import { password as old } from './place.ts';
import { inSync, paceWith, takes, tellsNone, untilRefused, untilTaken } from './rotation.ts';
import { type Running, until, untilReport } from './running.ts';
import { isPrimary, type World, worldOf } from './world.ts';

const fresh = 'the one after "it"';
const kill = (pid: number | undefined): void => {
  process.kill(pid ?? assert.fail('it has no pid'), 'SIGKILL');
};

async function primaryOf(world: World): Promise<Running> {
  const one = await world.start(0);
  world.appoint(1, 0);
  await untilReport(one, 'is primary', isPrimary);
  return one;
}

test('a new password is taken under writes, beside the old one for the grace and without it afterwards', async (context) => {
  const tellsAll = {
    'enable-debug-command': 'yes',
    'slowlog-log-slower-than': '0',
    'slowlog-max-len': '9999',
  };
  const secretPace = paceWith(seconds(4));
  const world = await worldOf(context, 2, { redis: tellsAll }, { secretPace });
  const [one, two] = [await primaryOf(world), await world.start(1)];
  await inSync(two);
  const before = await Promise.all([one.report(), two.report()]);
  assert.equal(before[0].passwordTakenAt, undefined);
  const writer = one.client();
  let [written, going] = [0, true];
  const writing = (async () => {
    for (; going; written += 1) await writer.set(`key-${written}`, written);
  })();
  for (const ordinal of [0, 1]) await world.premises.project(ordinal, fresh);
  for (const running of [one, two]) {
    await untilTaken(running, fresh);
    assert.ok(await takes(running, old), 'the old one is taken still');
    assert.ok(!(await takes(running, 'another one')));
    assert.ok(((await running.report()).passwordTakenAt ?? 0) > 0);
  }
  const [, shown] = (await one.client(fresh).config('GET', 'requirepass')) as readonly string[];
  assert.equal(shown, old, 'it is set once it is the only one');
  for (const running of [one, two]) await untilRefused(running, old);
  assert.deepEqual(await one.client(fresh).config('GET', 'requirepass'), ['requirepass', fresh]);
  going = false;
  await writing;
  assert.ok(written > 100, 'a client of the old one wrote through all of it, and is there still');
  const after = await Promise.all([one.report(), two.report()]);
  assert.deepEqual(
    after.map(({ process, role }) => [process.pid, role]),
    before.map(({ process, role }) => [process.pid, role]),
  );
  assert.match(await one.client(fresh).info('stats'), /sync_full:1\r/);
  const slow = await Promise.all([one, two].map((each) => each.client(fresh).call('SLOWLOG', 'GET', '-1')));
  assert.match(JSON.stringify(slow), /ACL/i);
  for (const log of [JSON.stringify(slow), JSON.stringify(after), ...one.log, ...two.log])
    tellsNone({ log }, [old, fresh, JSON.stringify(old).slice(1, -1), JSON.stringify(fresh).slice(1, -1)]);
  for (const word of [/takes a new password/, /a former password is not taken any more/])
    assert.equal(one.log.filter((line) => word.test(line)).length, 1);
});

test('a file with nothing usable in it changes nothing, is told of once, and a start takes the last that worked', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith() });
  const one = await primaryOf(world);
  const complaints = (): number =>
    one.log.filter((line) => /cannot be used: the last one stays/.test(line)).length;
  const unusable = ['', ' \n', 'a\0b', 'x'.repeat(100_000), undefined];
  for (const [index, text] of unusable.entries()) {
    if (text === undefined) await world.premises.project(0, undefined);
    else await world.premises.project(0, text);
    await until('it is told', () => Promise.resolve(complaints() > 0 ? true : undefined));
    await systemClock.sleep(milliseconds(150));
    assert.ok(await takes(one, old), String(index));
    const { process, answeredMsAgo = Number.POSITIVE_INFINITY } = await one.report();
    assert.ok(answeredMsAgo < 5000);
    if (index % 2 === 1) {
      kill(process.pid);
      await untilReport(
        one,
        'runs again',
        (report) => report.process.pid !== process.pid && isPrimary(report),
      );
      assert.ok(await takes(one, old), 'and after a start');
      assert.ok(!(await takes(one, 'anything')));
    }
  }
  assert.ok(complaints() <= unusable.length, 'the same complaint is not told twice in a row');
  await one.stop();
  const again = await primaryOf(world);
  assert.ok(await takes(again, old), 'another container of the same pod knows it too');
  await world.premises.project(0, fresh);
  await untilTaken(again, fresh);
  tellsNone({ log: [...one.log, ...again.log] }, [old, fresh]);
});

test('without any password no redis-server is started', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith() });
  await world.premises.project(0, '\n');
  const one = await world.launch(0);
  assert.equal(await one.ended, 127);
  assert.match(one.log.join('\n'), /there is no password to start with: it is empty/);
});

test('a start in the middle of the grace takes both, whichever way it comes about', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith(seconds(6)) });
  const one = await primaryOf(world);
  await world.premises.project(0, fresh);
  await untilTaken(one, fresh);
  const { process } = await one.report();
  kill(process.pid);
  await untilReport(one, 'runs again', (report) => report.process.pid !== process.pid && isPrimary(report));
  assert.deepEqual([await takes(one, old), await takes(one, fresh)], [true, true]);
  await one.stop();
  const again = await primaryOf(world);
  assert.deepEqual([await takes(again, old), await takes(again, fresh)], [true, true]);
  const mode = (await stat(join(again.layout.runFolder, 'passwords.json'))).mode & 0o777;
  assert.equal(mode, 0o600);
  await untilRefused(again, old);
  assert.ok(await takes(again, fresh));
});

test('a password that is replaced while the container does not run is taken beside the new one after its start', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith() });
  const one = await primaryOf(world);
  await one.stop();
  await world.premises.project(0, fresh);
  const again = await primaryOf(world);
  assert.deepEqual([await takes(again, old), await takes(again, fresh)], [true, true]);
  assert.ok(((await again.report()).passwordTakenAt ?? 0) > 0);
});

test('a password that is taken back within the grace is the current one again', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith(seconds(3)) });
  const one = await primaryOf(world);
  await world.premises.project(0, fresh);
  await untilTaken(one, fresh);
  await world.premises.project(0, old);
  await untilRefused(one, fresh);
  assert.ok(await takes(one, old));
  const { process } = await one.report();
  kill(process.pid);
  await untilReport(one, 'runs again', (report) => report.process.pid !== process.pid && isPrimary(report));
  assert.deepEqual([await takes(one, old), await takes(one, fresh)], [true, false]);
});

test('the manager loses no access to its redis-server, whoever cuts its connections', async (context) => {
  const world = await worldOf(context, 2, {}, { secretPace: paceWith(seconds(2)) });
  const one = await primaryOf(world);
  const { process } = await one.report();
  const cut = async (password: string): Promise<void> => {
    await one.client(password).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('it answers', async () =>
      ((await one.report()).answeredMsAgo ?? 9e9) < 100 ? true : undefined,
    );
  };
  await cut(old);
  await world.premises.project(0, fresh);
  await cut(old);
  await untilTaken(one, fresh);
  await cut(fresh);
  await untilRefused(one, old);
  await cut(fresh);
  const after = await one.report();
  assert.deepEqual([after.process.pid, after.role], [process.pid, 'primary']);
});

test('a manager that is replaced in the middle of the grace knows both, and ends it', async (context) => {
  const one = await startManaged(context, paceWith(seconds(5)));
  const before = await one.report();
  await one.project(fresh);
  await untilTaken(one, fresh);
  await one.upgrade(binaryOf('2'), '2');
  await until('version 2', async () => ((await one.report()).managerVersion === '2' ? true : undefined));
  assert.deepEqual([await takes(one, old), await takes(one, fresh)], [true, true]);
  await untilRefused(one, old);
  assert.ok(await takes(one, fresh));
  assert.deepEqual((await one.report()).process, before.process);
  tellsNone({ log: one.log() }, [fresh, JSON.stringify(fresh).slice(1, -1)]);
});

test('a manager that takes the place of one which wrote no passwords down finds them in redis.conf', async (context) => {
  const one = await startManaged(context, paceWith(seconds(3)));
  const before = await one.report();
  const path = join(one.runFolder, 'passwords.json');
  // The file holds another one by the time that the next manager first looks.
  await one.upgrade(binaryOf('2', `rm ${path}; sleep 0.5`), '2');
  await one.project(fresh);
  await until('version 2', async () => ((await one.report()).managerVersion === '2' ? true : undefined));
  await untilTaken(one, fresh);
  assert.ok(await takes(one, old));
  await untilRefused(one, old);
  assert.deepEqual((await one.report()).process, before.process);
  assert.match(await readFile(path, 'utf8'), /"former":\[\]/);
});

test('a Secret of another name, which this pod has not mounted, is read where it lies', async (context) => {
  const world = await worldOf(context, 1, {}, { secretPace: paceWith(seconds(2)) });
  const one = await primaryOf(world);
  world.api.write({ spec: { ...world.spec, authSecret: { name: 'next' } } });
  await until('it is told', () =>
    Promise.resolve(one.log.some((line) => line.includes('there is no Secret next')) ? true : undefined),
  );
  assert.ok(await takes(one, old));
  world.api.passwords.set('next', fresh);
  await untilTaken(one, fresh);
  world.api.reachable = false;
  await untilRefused(one, old);
  await one.client(fresh).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until('it answers', async () =>
    ((await one.report()).answeredMsAgo ?? 9e9) < 100 ? true : undefined,
  );
  world.api.reachable = true;
  await one.stop();
  const again = await primaryOf(world);
  assert.deepEqual([await takes(again, old), await takes(again, fresh)], [false, true]);
  tellsNone({ log: [...one.log, ...again.log] }, [old, fresh]);
});
