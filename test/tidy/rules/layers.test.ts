import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { foldersAreNamed, layersHold, nobodyImportsMain } from './layers.ts';

const importing = (path: string, specifier: string): readonly string[] =>
  layersHold(sample({ [path]: `import { a } from '${specifier}';` }));

test('a layer that imports what lies above or beside it is told so', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['api/v1/a.ts', '../../internal/errors.ts'],
    ['internal/time/a.ts', '../kube/kube.ts'],
    ['internal/errors.ts', './log/logger.ts'],
    ['internal/kube/a.ts', '../controller/cluster/view.ts'],
    ['internal/anything/new.ts', '../instance-manager/decide.ts'],
    ['internal/controller/cluster/a.ts', '../../instance-manager/decide.ts'],
    ['internal/controller/cluster/a.ts', '../../cmd/manager/controller/run.ts'],
    ['internal/instance-manager/a.ts', '../controller/cluster/view.ts'],
    ['internal/instance-manager/a.ts', '../simulation/world.ts'],
    ['internal/cmd/manager/controller/a.ts', '../../../instance-manager/decide.ts'],
    ['internal/cmd/manager/instance/a.ts', '../controller/run.ts'],
    ['internal/pki/a.ts', '../../cmd/manager/roles.ts'],
    ['internal/redis/a.ts', '../../test/suite/counts.ts'],
    ['cmd/manager/a.ts', '../../internal/kube/client.ts'],
    ['webhooks/validate.ts', '../internal/controller/cluster/view.ts'],
  ];
  for (const [path, specifier] of wrong) {
    const [problem = '', ...others] = importing(path, specifier);
    assert.match(problem, new RegExp(`^${path} imports .*: .* may import `));
    assert.deepEqual(others, []);
  }
});

test('a layer may import what lies below it, and a test whatever it tests', () => {
  const right: readonly (readonly [string, string])[] = [
    ['api/v1/a.ts', './names.ts'],
    ['internal/kube/a.ts', '../time/clock.ts'],
    ['internal/control/a.ts', '../kube/lines.ts'],
    ['internal/controller/cluster/a.ts', '../../pki/renew.ts'],
    ['internal/instance-manager/a.ts', '../redis/client.ts'],
    ['internal/cmd/manager/instance/a.ts', '../../../instance-manager/facts.ts'],
    ['cmd/manager/a.ts', '../../internal/cmd/manager/controller/run.ts'],
    ['internal/time/a.test.ts', '../kube/kube.ts'],
    ['test/cluster/a.ts', '../../internal/kube/kube.ts'],
  ];
  for (const [path, specifier] of right) assert.deepEqual(importing(path, specifier), [], path);
});

test('whoever imports what runs the program is named', () => {
  const repository = sample({ 'test/a.test.ts': "import '../cmd/manager/main.ts';" });
  assert.match(nobodyImportsMain(repository).join(), /^test\/a\.test\.ts imports cmd\/manager\/main\.ts/);
});

test('a folder named utils is refused wherever it lies', () => {
  const repository = sample({ 'internal/kube/utils/a.ts': '', 'helpers/b.md': '', 'internal/kube/c.ts': '' });
  assert.equal(foldersAreNamed(repository).length, 2);
  assert.match(foldersAreNamed(repository).join(), /utils/);
});
