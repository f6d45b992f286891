import type { TestEvent } from 'node:test/reporters';
import type { Counts } from './counts.ts';

/** Reports nothing but how many tests passed, failed and were skipped, as one JSON object. */
export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of events) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests, skipped, todo } = event.data.counts;
    counts = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
  }
  yield JSON.stringify(counts);
}
