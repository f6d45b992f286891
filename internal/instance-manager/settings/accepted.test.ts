import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OwnSpec } from '../own-spec.ts';
import { AcceptedSpec, formatSpec, parseSpec } from './accepted.ts';

const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });
const bytes = optional(fc.bigInt({ min: 1n, max: 2n ** 50n }));
const fields = {
  persistence: fc.constantFrom('aof', 'rdb', 'none'),
  directives: fc.dictionary(fc.constantFrom('hz', 'save', 'timeout'), fc.constantFrom('', '1', 'a "b" c'), {
    noNullPrototype: true,
  }),
  maxMemory: bytes,
  maxMemoryPercent: optional(fc.integer({ min: 1, max: 100 })),
  maxMemoryPolicy: optional(fc.constantFrom('noeviction', 'allkeys-lru')),
  memoryLimit: bytes,
  authSecret: optional(fc.constantFrom('mine')),
} as const;
const specs: fc.Arbitrary<OwnSpec> = fc.record(fields, { noNullPrototype: true });

test('what was accepted is read back as it was', () => {
  fc.assert(
    fc.property(specs, (spec) => assert.deepEqual(parseSpec(formatSpec(spec)), spec)),
    { seed: 1, numRuns: 500 },
  );
});

test('the same is not written twice, and what cannot be read counts as nothing', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'accepted-'));
  context.after(() => rm(folder, { recursive: true }));
  const accepted = new AcceptedSpec(folder);
  assert.equal(await accepted.read(), undefined);
  const [spec = assert.fail('no sample'), other = spec] = fc.sample(specs, { seed: 1, numRuns: 2 });
  await accepted.keep(spec);
  assert.deepEqual(await accepted.read(), spec);
  const path = join(folder, '.redis-operator', 'accepted-spec.json');
  const before = (await stat(path)).ino;
  await accepted.keep(spec);
  assert.equal((await stat(path)).ino, before);
  await accepted.keep(other);
  assert.deepEqual(await accepted.read(), other);
  await writeFile(path, '{"persistence":"what');
  assert.equal(await accepted.read(), undefined);
});
