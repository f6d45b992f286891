import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OwnSpec } from '../own-spec.ts';
import { isMemoryHeld, settingsOf } from './wanted.ts';

const plain: OwnSpec = {
  persistence: 'aof',
  directives: {},
  maxMemory: undefined,
  maxMemoryPercent: undefined,
  maxMemoryPolicy: undefined,
  memoryLimit: undefined,
  authSecret: undefined,
};
const mebibyte = 2n ** 20n;
const optional = (most: bigint) => fc.option(fc.bigInt({ min: mebibyte, max: most }), { nil: undefined });
const sizes = fc.record({
  maxMemory: optional(600n * mebibyte),
  memoryLimit: optional(1024n * mebibyte),
  containerLimit: optional(1024n * mebibyte),
});
const maxMemoryOf = (spec: OwnSpec, containerLimit: bigint | undefined): bigint | undefined =>
  settingsOf(spec, {
    announceIp: '10.0.0.7',
    listenAddress: undefined,
    port: 6379,
    dataFolder: '/data',
    socketPath: '/run/redis.sock',
    containerLimit,
  }).maxMemory;

test('maxmemory is never raised beyond what the container has, and never below what the spec asks without need', () => {
  const law = fc.property(sizes, ({ containerLimit, ...part }) => {
    const spec = { ...plain, ...part };
    const [now, finally_] = [maxMemoryOf(spec, containerLimit), maxMemoryOf(spec, undefined)];
    assert.ok((now ?? 0n) <= (finally_ ?? 0n));
    assert.equal(isMemoryHeld(spec, containerLimit), now !== finally_);
    const grown = spec.memoryLimit === undefined || (containerLimit ?? spec.memoryLimit) >= spec.memoryLimit;
    if (grown) assert.equal(now, finally_);
    else if (isMemoryHeld(spec, containerLimit))
      assert.ok((now ?? 0n) * 100n <= (containerLimit ?? 0n) * 75n);
  });
  fc.assert(law, { seed: 1, numRuns: 2000 });
});

test('a limit that the kernel has rounded down to whole pages is the limit', () => {
  const spec = { ...plain, memoryLimit: 500_000_000n };
  assert.equal(isMemoryHeld(spec, 499_998_720n), false);
  assert.equal(maxMemoryOf(spec, 499_998_720n), 375_000_000n);
  assert.equal(isMemoryHeld(spec, 250_000_000n), true);
});
