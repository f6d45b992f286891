import type { TestEvent } from 'node:test/reporters';
import { nothingCounted } from './counts.ts';
import { wasLate } from './deadlines.ts';
import { reasonOf } from './reasons.ts';

/** Reports nothing but how many tests passed, failed and were skipped, and why those that failed did, as one JSON object. */
export default async function* countTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let counted = nothingCounted;
  const failed: Failure[] = [];
  for await (const event of events) {
    if (event.type === 'test:fail') failed.push(...failureIn(event.data));
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests, skipped, todo } = event.data.counts;
    counted = {
      passed,
      failed: tests - passed - skipped - todo,
      skipped: skipped + todo,
      onlyLate: failed.length > 0 && failed.every(({ late }) => late),
      lateFiles: [...new Set(failed.flatMap(({ late, file }) => (late ? [file] : [])))],
      failures: failed.map(({ words }) => words),
    };
  }
  yield JSON.stringify(counted);
}

interface Failure {
  readonly late: boolean;
  readonly file: string;
  readonly words: string;
}

type Failed = Extract<TestEvent, { readonly type: 'test:fail' }>['data'];

/** None where a test failed only because another within it did. */
function failureIn({ name, details, file = '' }: Failed): readonly Failure[] {
  const late = wasLate(details.error);
  return late === undefined ? [] : [{ late, file, words: `${name}: ${reasonOf(details.error)}` }];
}
