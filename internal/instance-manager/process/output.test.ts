import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { exitIn } from './adopt.ts';
import { Output } from './output.ts';

test('lines are told one by one, and what is begun of the next is left to whoever reads on', async (context) => {
  const child = spawn('/bin/cat', [], { stdio: ['pipe', 'pipe', 'ignore'] });
  context.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = new Output(
    child.stdout as Socket,
    (line) => lines.push(line),
    Buffer.from('beg').toString('base64'),
  );
  const said = async (bytes: Buffer): Promise<void> => {
    const heard = once(child.stdout, 'data');
    child.stdin.write(bytes);
    await heard;
  };
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = [
    Buffer.from('un\n\nzwölf\nhal'),
    Buffer.from('b\n'),
  ];
  await said(first);
  assert.deepEqual(lines, ['begun', '', 'zwölf']);
  assert.equal(Buffer.from(output.left?.begun ?? '', 'base64').toString('utf8'), 'hal');
  await said(second);
  assert.deepEqual(lines, ['begun', '', 'zwölf', 'halb']);
  child.stdin.end();
  await output.silent;
  assert.equal(output.left, undefined, 'it is over');
});

test('an end is told as the kernel packs it', () => {
  assert.deepEqual(exitIn(7 << 8), { code: 7, signal: undefined });
  assert.deepEqual(exitIn(0), { code: 0, signal: undefined });
  assert.deepEqual(exitIn(9), { code: undefined, signal: 'SIGKILL' });
  assert.deepEqual(exitIn(6 | 0x80), { code: undefined, signal: 'SIGABRT' }, 'with a core dump');
});
