import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { instancesAreLean, packagesStayHome } from './packages.ts';

const importing = (path: string, text: string): string => packagesStayHome(sample({ [path]: text })).join();

test('a package away from home, or without one, is named with the place where it belongs', () => {
  assert.match(importing('internal/kube/a.ts', "import { pino } from 'pino';"), /in internal\/log\/ alone/);
  assert.match(importing('internal/kube/a.ts', "import * as z from 'zod/mini';"), /in api\/ alone/);
  assert.match(
    importing('internal/pki/a.ts', "await import('@kubernetes/client-node');"),
    /kubeconfig\.ts alone/,
  );
  assert.match(
    importing('internal/redis/a.ts', "import { Redis } from 'ioredis';"),
    /no place in the binary/,
  );
  assert.match(
    importing('api/v1/a.ts', "import { Pod } from 'kubernetes-types/core/v1.d.ts';"),
    /only types may be imported/,
  );
});

test('a package at home, and any package of a test, is right', () => {
  assert.equal(importing('api/v1/a.ts', "import * as z from 'zod/mini';"), '');
  assert.equal(importing('internal/log/a.ts', "import { pino } from 'pino'; import 'node:fs';"), '');
  assert.equal(importing('internal/redis/a.test.ts', "import { Redis } from 'ioredis';"), '');
});

const run = 'internal/cmd/manager/instance/run.ts';

test('an instance that loads something heavy is told by which way', () => {
  const repository = sample({
    [run]: "import '../../../pki/authority.ts';",
    'internal/pki/authority.ts': "import * as x509 from '@peculiar/x509';",
  });
  assert.match(
    instancesAreLean(repository).join(),
    /an instance loads @peculiar\/x509 by .*run\.ts → internal\/pki\/authority\.ts: /,
  );
  assert.match(instancesAreLean(sample({ [run]: "import * as z from 'zod/mini';" })).join(), /loads zod/);
});

test('what an instance imports on demand, or for its types, is not loaded', () => {
  const repository = sample({
    [run]: "import '../../../pki/authority.ts'; import type { Metrics } from '../controller/metrics.ts';",
    'internal/pki/authority.ts': "await import('@peculiar/x509');",
    'internal/cmd/manager/controller/metrics.ts': "import { Registry } from 'prom-client';",
  });
  assert.deepEqual(instancesAreLean(repository), []);
});

test('without an entry nothing is proved, and that is said', () => {
  assert.match(instancesAreLean(sample({})).join(), /is not there/);
});
