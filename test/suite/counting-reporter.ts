import type { TestEvent } from 'node:test/reporters';
import type { Counted } from './counts.ts';
import { wasLate } from './deadlines.ts';

/** Reports nothing but how many tests passed, failed and were skipped, and whether all that failed were late, as one JSON object. */
export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counted: Counted = { passed: 0, failed: 0, skipped: 0, onlyLate: false };
  const late = new Set<boolean | undefined>();
  for await (const event of events) {
    if (event.type === 'test:fail') late.add(wasLate(event.data.details.error));
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests, skipped, todo } = event.data.counts;
    const onlyLate = late.has(true) && !late.has(false);
    counted = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo, onlyLate };
  }
  yield JSON.stringify(counted);
}
