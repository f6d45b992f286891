import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../time/units.ts';
import { exitIn } from './adopt.ts';
import { Output } from './output.ts';
import { start } from './spawn.ts';

function speaker(context: TestContext, begun = '') {
  const child = spawn('/bin/cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  context.after(() => child.kill('SIGKILL'));
  const [lines, clock]: [string[], HandClock] = [[], new HandClock()];
  const listener = { clock, onLine: (line: string) => void lines.push(line) };
  const output = new Output(child.stdout as Socket, listener, Buffer.from(begun).toString('base64'));
  const says = async (bytes: Buffer | string): Promise<void> => {
    const heard = once(child.stdout, 'data');
    child.stdin.write(bytes);
    await heard;
  };
  return { child, lines, clock, output, says };
}

test('lines are told one by one, and what is begun of the next is left to whoever reads on', async (context) => {
  const { child, lines, clock, output, says } = speaker(context, 'beg');
  // It ends within a letter of two bytes.
  await says(Buffer.from('un\n\nzwölf\nhalbvö').subarray(0, -1));
  assert.deepEqual(lines, ['begun', '', 'zwölf']);
  assert.equal(
    Buffer.from(output.left?.begun ?? '', 'base64')
      .subarray(0, 5)
      .toString(),
    'halbv',
  );
  await clock.pass(milliseconds(30));
  await says(Buffer.from('ö\n').subarray(1));
  assert.deepEqual(lines, ['begun', '', 'zwölf', 'halbvö']);
  child.stdin.end();
  await output.silent;
  assert.equal(output.left, undefined, 'it is over');
  assert.equal(clock.waiting, 0);
});

test('after a line the next ones wait, and are told together', async (context) => {
  const { lines, clock, says } = speaker(context);
  await says('lost\n');
  assert.deepEqual(lines, ['lost']);
  await says('tries again\n');
  await says('is refu');
  await clock.pass(milliseconds(29));
  assert.deepEqual(lines, ['lost']);
  await clock.pass(milliseconds(1));
  assert.deepEqual(lines, ['lost', 'tries again']);
  await clock.pass(milliseconds(30));
  assert.equal(clock.waiting, 0, 'who says nothing is not looked at');
  await says('sed\n');
  assert.deepEqual(lines, ['lost', 'tries again', 'is refused']);
});

test('whoever reads on is left no line that was not told', async (context) => {
  const { lines, output, says } = speaker(context);
  await says('one\n');
  await says('two\nthr');
  assert.equal(Buffer.from(output.left?.begun ?? '', 'base64').toString(), 'thr');
  assert.deepEqual(lines, ['one', 'two']);
});

test('whoever hears of the end of a process has heard what it said before', async () => {
  const lines: string[] = [];
  const listener = { clock: new HandClock(), onLine: (line: string) => void lines.push(line) };
  const child = await start('/bin/sh', ['-c', 'echo one; sleep 0.1; echo two; sleep 0.1; exit 3'], listener);
  assert.deepEqual(await child.exited, { code: 3, signal: undefined });
  assert.deepEqual(lines, ['one', 'two']);
  await child.silent;
});

test('an end is told as the kernel packs it', () => {
  assert.deepEqual(exitIn(7 << 8), { code: 7, signal: undefined });
  assert.deepEqual(exitIn(0), { code: 0, signal: undefined });
  assert.deepEqual(exitIn(9), { code: undefined, signal: 'SIGKILL' });
  assert.deepEqual(exitIn(6 | 0x80), { code: undefined, signal: 'SIGABRT' }, 'with a core dump');
});
