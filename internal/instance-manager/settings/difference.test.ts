import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownedDirectives } from '../../../api/v1/directives.ts';
import { type Settings, type SettingsView, settingsStep } from './difference.ts';

const names = ['hz', 'timeout', 'databases', 'io-threads', 'replica-serve-stale-data', ...ownedDirectives];
const settings = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', 'yes'))
  .map((values): Settings => new Map(Object.entries(values)));
const sizes = fc.constantFrom('0', '100', '200');
const views = fc
  .record({
    wanted: settings,
    running: settings,
    fixed: fc.subarray(['databases', 'io-threads', 'hz']).map((fixed) => new Set(fixed)),
    memoryHeld: fc.boolean(),
    memory: fc.tuple(sizes, sizes),
    policy: fc.constantFrom('noeviction', 'volatile-lru', 'allkeys-lru'),
    dataBytes: fc.constantFrom(undefined, 50n, 150n, 250n),
  })
  .map(
    ({ memory: [wantedMemory, runningMemory], policy, wanted, running, ...view }): SettingsView => ({
      ...view,
      wanted: new Map([...wanted, ['maxmemory', wantedMemory], ['maxmemory-policy', policy]]),
      running: new Map([...running, ['maxmemory', runningMemory]]),
    }),
  );

/** The running settings once the step was taken. */
const after = (view: SettingsView): SettingsView => ({
  ...view,
  running: new Map([...view.running, ...settingsStep(view).set]),
});

const laws: Readonly<Record<string, (view: SettingsView) => boolean>> = {
  'what was brought about is not sent again': (view) => settingsStep(after(view)).set.size === 0,
  'what waits for a start goes on waiting': (view) =>
    settingsStep(after(view)).restart.join() === settingsStep(view).restart.join(),
  'nothing is set that the running server has already, or does not know': (view) =>
    [...settingsStep(view).set].every(
      ([name, value]) => ![undefined, value].includes(view.running.get(name)),
    ),
  'only what is wanted is set': (view) =>
    [...settingsStep(view).set].every(([name, value]) => view.wanted.get(name) === value),
  'what is fixed is never set': (view) =>
    [...settingsStep(view).set.keys()].every((name) => !view.fixed.has(name)),
  'what is set elsewhere is left alone': (view) =>
    [...settingsStep(view).set.keys(), ...settingsStep(view).restart].every(
      (name) => !ownedDirectives.includes(name) && name !== 'replica-serve-stale-data',
    ),
  'every difference is set or waits': (view) => {
    const { set, restart } = settingsStep(view);
    return ['hz', 'timeout', 'databases', 'io-threads'].every((name) => {
      const [wanted, running] = [view.wanted.get(name), view.running.get(name)];
      const differs = wanted !== undefined && running !== undefined && wanted !== running;
      return differs === (set.has(name) || restart.includes(name));
    });
  },
  'maxmemory is never lowered below what is held where not everything may be evicted, and is among what waits then':
    (view) => {
      const [held, next] = [view.dataBytes ?? 0n, BigInt(view.wanted.get('maxmemory') ?? 0)];
      const now = BigInt(view.running.get('maxmemory') ?? 0);
      const refusesWrites = next !== 0n && (now === 0n || next < now) && held > next;
      if (!refusesWrites || view.wanted.get('maxmemory-policy')?.startsWith('allkeys') === true) return true;
      const { set, restart } = settingsStep(view);
      return !set.has('maxmemory') && restart.includes('maxmemory');
    },
  'maxmemory is lowered as soon as what is held fits': (view) => {
    const [now, next] = [Number(view.running.get('maxmemory')), Number(view.wanted.get('maxmemory'))];
    const fits = (view.dataBytes ?? 0n) <= BigInt(next) && next !== 0 && next < now && !view.memoryHeld;
    return !fits || view.fixed.has('maxmemory') || settingsStep(view).set.has('maxmemory');
  },
  'while the container has yet to grow maxmemory is never lowered, and waits': (view) => {
    if (!view.memoryHeld) return true;
    const { set, restart } = settingsStep(view);
    const running = view.running.get('maxmemory') ?? '0';
    const lowered = running !== '0' && Number(set.get('maxmemory') ?? running) < Number(running);
    return restart.includes('maxmemory') && !lowered;
  },
};

for (const [law, holds] of Object.entries(laws)) {
  test(law, () => {
    const property = fc.property(views, (view) => assert.ok(holds(view)));
    fc.assert(property, { seed: 1, numRuns: 3000 });
  });
}
