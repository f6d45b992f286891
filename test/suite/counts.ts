export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the tests of a step leave behind. */
export interface Counted extends Counts {
  /** Whether every failure is a deadline that was missed. */
  readonly onlyLate: boolean;
  /** Where those are that missed a deadline. */
  readonly lateFiles: readonly string[];
  /** A line for each test that failed by itself: its name, and why. */
  readonly failures: readonly string[];
}

export const nothingCounted: Counted = {
  passed: 0,
  failed: 0,
  skipped: 0,
  onlyLate: false,
  lateFiles: [],
  failures: [],
};

/**
 * What a step adds to the total. `counted` is what its tests have left behind; a command leaves nothing and is one
 * test itself. Tests that end badly without a failed test, and files without any test, count as one failure.
 */
export function countStep(exitCode: number | null, counted: Counts | undefined): Counts {
  const ended = exitCode === 0;
  if (counted === undefined) return { passed: ended ? 1 : 0, failed: ended ? 0 : 1, skipped: 0 };
  const ranAny = counted.passed + counted.failed + counted.skipped > 0;
  const blamed = counted.failed > 0 || (ended && ranAny);
  const { passed, failed, skipped } = counted;
  return { passed, failed: blamed ? failed : 1, skipped };
}

/** What a step adds after the files with its failed tests were run again: those failed that did so again. */
export function judgedAgain({ passed, failed, skipped }: Counts, again: Counts): Counts {
  return { passed: Math.max(0, passed + failed - again.failed), failed: again.failed, skipped };
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number): number =>
    all.reduce((total, each) => total + pick(each), 0);
  return {
    passed: sum((each) => each.passed),
    failed: sum((each) => each.failed),
    skipped: sum((each) => each.skipped),
  };
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
