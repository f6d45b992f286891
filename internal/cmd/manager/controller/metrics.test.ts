import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

test('what a process tells of itself is among them, and nothing that has to be looked after between scrapes', async () => {
  const text = await createMetrics().registry.metrics();
  assert.match(text, /^process_cpu_seconds_total \d/m);
  assert.match(text, /^nodejs_eventloop_lag_seconds \d/m);
  assert.doesNotMatch(text, /nodejs_eventloop_lag_\w*(min|max|mean|stddev|p\d+)/);
});

test('they wake nobody who has nothing to do', () => {
  const code = `
    const { createMetrics } = await import('${import.meta.resolve('./metrics.ts')}');
    createMetrics();
    const wakes = () => process.resourceUsage().voluntaryContextSwitches;
    const settled = () => new Promise((resolve) => setTimeout(resolve, 500));
    await settled();
    const before = wakes();
    await settled();
    process.stdout.write(String(wakes() - before));
  `;
  const wakes = Number(execFileSync(process.execPath, ['--input-type=module', '--eval', code]));
  assert.ok(wakes > 0 && wakes < 25, `${wakes} in half a second`);
});
