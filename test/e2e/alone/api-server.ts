import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../../../internal/time/units.ts';
import { withoutApiServer } from '../../cluster/faults.ts';
import { assertShorter } from '../../suite/deadlines.ts';
import type { Everybody } from '../everybody.ts';
import { pauses } from '../ledger.ts';
import { lengths } from '../lengths.ts';
import { observedAll, tell } from '../observed.ts';
import { withoutOperator } from '../operator.ts';

/** While the API server is away Kubernetes takes every node for lost, and says so of every pod. */
export function withoutOperatorAndApiServer({ clusters, termsNow }: Everybody): void {
  test(`Scenario 11: operator and API server are away for ${lengths.awaySeconds} seconds, and writes never stop (I9)`, async (context) => {
    const terms = await termsNow();
    const away = lengths.awaySeconds;
    const seen = await observedAll(
      clusters,
      async () => {
        await withoutOperator(() => withoutApiServer(seconds(away + 60), () => sleep(away * 1000)));
        await sleep(10_000);
      },
      pauses.rare,
    );
    for (const each of seen) {
      assertShorter(each.a.longestGap, 2000, tell(each));
      assert.equal(each.lostOfA, 0);
      context.diagnostic(tell(each));
    }
    assert.deepEqual(await termsNow(), terms);
  });
}
