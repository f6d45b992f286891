import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { measureVolume } from './volume.ts';

test('a file system says how full it is, and what is none says nothing', async () => {
  const { totalBytes = 0, usedBytes = 0 } = (await measureVolume(tmpdir())) ?? {};
  assert.ok(
    totalBytes > 2 ** 20 && usedBytes > 0 && usedBytes <= totalBytes,
    `${usedBytes} of ${totalBytes}`,
  );
  assert.equal(await measureVolume('/no/such/folder'), undefined);
});
