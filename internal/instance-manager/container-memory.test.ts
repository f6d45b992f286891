import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { memoryHeldIn, memoryLimitIn } from './container-memory.ts';

const folder = await mkdtemp(join(tmpdir(), 'container-memory-'));
after(() => rm(folder, { recursive: true, force: true }));

/** A control group with these files. */
async function groupOf(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const group = join(folder, name);
  await mkdir(join(group, 'memory'), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(group, file), text);
  return group;
}

test('in control groups of version 2 what a container holds is what it uses without the pages of files', async () => {
  const group = await groupOf('v2', {
    'memory.max': '1073741824\n',
    'memory.current': '1000\n',
    'memory.stat': 'anon 400\nfile 600\ninactive_file 300\nactive_file 100\n',
  });
  assert.equal(await memoryLimitIn(group), 1_073_741_824n);
  assert.equal(await memoryHeldIn(group), 600);
});

test('in those of version 1 the groups below count too', async () => {
  const group = await groupOf('v1', {
    'memory/memory.limit_in_bytes': '268435456\n',
    'memory/memory.usage_in_bytes': '1000\n',
    'memory/memory.stat': 'inactive_file 1\nactive_file 2\ntotal_inactive_file 300\ntotal_active_file 100\n',
  });
  assert.equal(await memoryLimitIn(group), 268_435_456n);
  assert.equal(await memoryHeldIn(group), 600);
});

test('nothing is made up where there is no limit, or nothing that says so', async () => {
  assert.equal(await memoryLimitIn(await groupOf('endless', { 'memory.max': 'max\n' })), undefined);
  for (const nowhere of [undefined, join(folder, 'nowhere')]) {
    assert.equal(await memoryLimitIn(nowhere), undefined);
    assert.equal(await memoryHeldIn(nowhere), undefined);
  }
});
