import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, missingPrograms, programFolders } from './binaries.ts';

const folder = mkdtempSync(join(tmpdir(), 'binaries-test-'));
test.after(() => rmSync(folder, { recursive: true }));

test('programs are looked for where the user says, then in the cache by version, then on the PATH', () => {
  const folders = programFolders({ KUBEBUILDER_ASSETS: '/given', PATH: '/usr/bin' });
  assert.equal(folders[0], '/given');
  assert.match(folders[1] ?? '', /\/kube-1\.\d+\.\d+$/);
  assert.ok(folders.indexOf('/usr/bin') > folders.findIndex((each) => each.includes('containerd-')));
});

test('a file that cannot be run is not a program', () => {
  writeFileSync(join(folder, 'etcd'), '');
  chmodSync(join(folder, 'etcd'), 0o644);
  assert.ok(missingPrograms([folder]).includes('etcd'));
  assert.throws(() => findProgram('etcd', [folder]), /etcd is not installed/);
  chmodSync(join(folder, 'etcd'), 0o755);
  assert.equal(missingPrograms([folder]).includes('etcd'), false);
  assert.equal(findProgram('etcd', [folder]), join(folder, 'etcd'));
});
