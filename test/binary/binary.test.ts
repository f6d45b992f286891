import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addMusl, commandIn, copyManagerInto, operatorRoot, runIn, withRoot } from './roots.ts';

const binary = join(operatorRoot, 'controller', 'manager');

test('it runs in a root that holds nothing else', async () => {
  await withRoot(async (root) => {
    copyManagerInto(root);
    assert.deepEqual(readdirSync(root), ['controller']);
    assert.match(runIn(root, '/controller/manager', 'version'), /^manager \d+\.\d+\.\d+ \(.+\), Node 26\./);
  });
});

test('it runs beside another C library, and does not touch it', async () => {
  await withRoot(async (root) => {
    addMusl(root);
    copyManagerInto(root);
    assert.match(runIn(root, '/controller/manager', 'version'), /^manager /);
    assert.deepEqual(readdirSync(join(root, 'lib')).length, 1);
  });
});

test('a copy is whole, may be run by anybody, and can be made again', async () => {
  await withRoot(async (root) => {
    copyManagerInto(root);
    copyManagerInto(root);
    const copied = join(root, 'controller');
    assert.deepEqual(readdirSync(copied).sort(), readdirSync(join(operatorRoot, 'controller')).sort());
    assert.equal(statSync(join(copied, 'manager')).mode & 0o111, 0o111);
    assert.equal(statSync(join(copied, 'manager')).size, statSync(binary).size);
  });
});

const lean = '--jitless --max-semi-space-size=1 --disable-warning=ExperimentalWarning';
const abilitiesUnder: Readonly<Record<string, boolean>> = { [lean]: true, '--max-semi-space-size=1': false };
for (const [flags, compiledAhead] of Object.entries(abilitiesUnder)) {
  test(`what was compiled ahead of time is ${compiledAhead ? '' : 'not '}run under ${flags}`, async () => {
    await withRoot(async (root) => {
      copyManagerInto(root);
      const [program, words] = commandIn(root, ['/controller/manager', 'check']);
      const { stdout } = spawnSync(program, words, { encoding: 'utf8', env: { NODE_OPTIONS: flags } });
      const said = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
      assert.deepEqual([said['compiledAhead'], said['formats']], [compiledAhead, [1]]);
    });
  });
}

const refused: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
  'an unknown subcommand': [['conquer'], /"conquer" is no subcommand: it is one of controller, instance/],
  'an unknown flag': [['controller', '--colour'], /--colour/],
  'a bad port': [['controller', '--metrics-bind-address', '9090'], /--metrics-bind-address "9090" is wrong/],
  'a bad level': [['controller', '--log-level', 'loud'], /one of debug, info, warn, error/],
  'an instance without a name': [['instance'], /CLUSTER_NAME is not set/],
  'a copy to nowhere': [['copy-binary'], /one argument/],
};
for (const [what, [args, expected]] of Object.entries(refused)) {
  test(`${what} is refused with exit code 2, and nothing happens`, async () => {
    await withRoot(async (root) => {
      copyManagerInto(root);
      const [program, words] = commandIn(root, ['/controller/manager', ...args]);
      const { status, stderr, stdout } = spawnSync(program, words, { encoding: 'utf8', env: {} });
      assert.equal(status, 2);
      assert.match(stderr, expected);
      assert.equal(stdout, '');
    });
  });
}

test('the binary for arm64 is one, and is tied to its own libraries', () => {
  execFileSync(process.execPath, ['build/binary.ts', '--arch', 'arm64'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = 'dist/manager/linux-arm64/controller';
  const head = execFileSync('readelf', ['-hld', join(folder, 'manager')], { encoding: 'utf8' });
  assert.match(head, /AArch64/);
  assert.match(head, /\/controller\/ld-linux-aarch64\.so\.1/);
  assert.match(head, /(RUNPATH|RPATH).*\/controller/);
  for (const [, library = ''] of head.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
    assert.ok(existsSync(join(folder, library)), `${library} lies beside it`);
  }
});
