import type { TestEvent } from 'node:test/reporters';
import { type Counted, nothingCounted } from './counts.ts';
import { wasLate } from './deadlines.ts';
import { reasonOf } from './reasons.ts';

/** Reports nothing but how many tests passed, failed and were skipped, and why those that failed did, as one JSON object. */
export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counted = nothingCounted;
  const late = new Set<boolean>();
  const failures: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:fail') {
      const { name, details } = event.data;
      const since = wasLate(details.error);
      if (since === undefined) continue;
      late.add(since);
      failures.push(`${name}: ${reasonOf(details.error)}`);
    }
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests, skipped, todo } = event.data.counts;
    const onlyLate = late.has(true) && !late.has(false);
    const failed = tests - passed - skipped - todo;
    counted = { passed, failed, skipped: skipped + todo, onlyLate, failures } satisfies Counted;
  }
  yield JSON.stringify(counted);
}
