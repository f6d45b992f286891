import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ImageSpec, identifyImage, writeImage } from './archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'image-test-'));
test.after(() => rmSync(folder, { recursive: true }));

const longPath = `${'deep/'.repeat(25)}file`;

function makeRoot(name: string): string {
  const root = join(folder, name);
  mkdirSync(join(root, longPath, '..'), { recursive: true });
  mkdirSync(join(root, 'data'));
  writeFileSync(join(root, 'program'), 'x'.repeat(3_000_000));
  chmodSync(join(root, 'program'), 0o700);
  writeFileSync(join(root, longPath), 'deep');
  symlinkSync('program', join(root, 'link'));
  return root;
}

const specOf = (root: string, compression: ImageSpec['compression'] = 'none'): ImageSpec => ({
  name: 'localhost/example:1',
  architecture: 'amd64',
  layers: [{ root, attributes: { data: { owner: 999, mode: 0o770 } } }],
  entrypoint: ['/program'],
  user: '65532',
  environment: { PATH: '/bin' },
  compression,
});

const listing = (archive: string): string =>
  execFileSync('tar', ['--numeric-owner', '-tvf', archive], { encoding: 'utf8' });

function unpack(archive: string, name: string): string {
  const target = join(folder, name);
  mkdirSync(target);
  execFileSync('tar', ['-xf', archive, '-C', target]);
  return target;
}

test('every blob is named after its own digest, and the archive tells that of the manifest', async () => {
  const archive = join(folder, 'blobs.tar');
  const written = await writeImage(specOf(makeRoot('blobs-root')), archive);
  const blobs = join(unpack(archive, 'blobs'), 'blobs/sha256');
  for (const name of readdirSync(blobs)) {
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(blobs, name)))
        .digest('hex'),
      name,
    );
  }
  assert.deepEqual(identifyImage(archive), written);
  const manifest = JSON.parse(readFileSync(join(blobs, written.digest.slice('sha256:'.length)), 'utf8'));
  const config = JSON.parse(
    readFileSync(join(blobs, manifest.config.digest.slice('sha256:'.length)), 'utf8'),
  );
  assert.deepEqual(config.config.Entrypoint, ['/program']);
  assert.equal(config.config.User, '65532');
  assert.deepEqual(config.config.Env, ['PATH=/bin']);
});

test('a layer holds what the folder holds, with owners and modes that do not depend on the machine', async () => {
  const archive = join(folder, 'layer.tar');
  await writeImage(specOf(makeRoot('layer-root')), archive);
  const blobs = join(unpack(archive, 'layer'), 'blobs/sha256');
  const lines = readdirSync(blobs)
    .map((name) => join(blobs, name))
    .filter(isTar)
    .map(listing)
    .join('');
  assert.match(lines, /drwxrwx--- 999\/999 +0 1970-01-01 00:00 data\//);
  assert.match(lines, /-rwxr-xr-x 0\/0 +3000000 1970-01-01 00:00 program/);
  assert.match(lines, /link -> program/);
  assert.match(lines, new RegExp(`-rw-r--r-- 0/0 +4 1970-01-01 00:00 ${longPath}`));
});

test('equal contents give equal archives, whenever they were written', async () => {
  const roots = ['early-root', 'late-root'].map(makeRoot);
  utimesSync(join(roots[0] ?? '', 'program'), 1, 1);
  const identities = await Promise.all(
    roots.map((root, index) => writeImage(specOf(root), join(folder, `equal-${index}.tar`))),
  );
  assert.deepEqual(identities[0], identities[1]);
  assert.ok(readFileSync(join(folder, 'equal-0.tar')).equals(readFileSync(join(folder, 'equal-1.tar'))));
});

test('a compressed layer is smaller and still says what it is when unpacked', async () => {
  const archive = join(folder, 'gzip.tar');
  const { digest } = await writeImage(specOf(makeRoot('gzip-root'), 'gzip'), archive);
  const blobs = join(unpack(archive, 'gzip'), 'blobs/sha256');
  const manifest = JSON.parse(readFileSync(join(blobs, digest.slice('sha256:'.length)), 'utf8'));
  const [layer] = manifest.layers;
  assert.equal(layer.mediaType, 'application/vnd.oci.image.layer.v1.tar+gzip');
  assert.ok(layer.size < 100_000);
  const unpacked = execFileSync('gzip', ['-dc', join(blobs, layer.digest.slice('sha256:'.length))], {
    maxBuffer: 1e8,
  });
  const config = JSON.parse(
    readFileSync(join(blobs, manifest.config.digest.slice('sha256:'.length)), 'utf8'),
  );
  assert.deepEqual(config.rootfs.diff_ids, [`sha256:${createHash('sha256').update(unpacked).digest('hex')}`]);
});

test('a file of another make is refused', () => {
  writeFileSync(join(folder, 'other.tar'), 'not an image');
  assert.throws(() => identifyImage(join(folder, 'other.tar')), /not an image archive/);
});

function isTar(file: string): boolean {
  return readFileSync(file).subarray(257, 262).toString() === 'ustar';
}
