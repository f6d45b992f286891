import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../../control/protocol.ts';
import type { HeldTenure } from '../view.ts';
import { followerStates, heldBy, primaryStates, reportIn, type State, viewOf } from './every-view.fixture.ts';
import { lossOf } from './loss.ts';

const { exited, closed, serving, synced, syncedFurther, unproved } = { ...primaryStates, ...followerStates };
assert.ok(exited && closed && serving && synced && syncedFurther && unproved);

interface Case {
  readonly primary: State;
  readonly said?: Partial<InstanceReport>;
  readonly chosen?: State;
  readonly tenure?: Partial<HeldTenure>;
}

/** The old primary stood at 95 when it was heard last; its successor stands at 50, or where `chosen` does. */
function lossIn({ primary, said = {}, chosen = synced as State, tenure = {} }: Case) {
  const last = { ...primary, report: { ...primary.report, ...said } };
  const view = viewOf({ ...heldBy(last, undefined), ...tenure }, [last, chosen, synced as State]);
  assert.ok(view.tenure.kind === 'held');
  return lossOf(view.tenure, reportIn('redis-1', chosen), view);
}

test('nothing is lost of a primary that ended in order with every replica in sync', () => {
  assert.equal(lossIn({ primary: exited, said: { handedOverTo: 2 } }).atMost, 0);
  assert.equal(lossIn({ primary: exited, said: { handedOverTo: 1 } }).atMost, undefined);
  assert.equal(lossIn({ primary: exited, said: { handedOverTo: 2 }, chosen: unproved }).atMost, undefined);
});

test('a crash report, or what was said after a fence, bounds it by what the successor lacks', () => {
  assert.equal(lossIn({ primary: exited, said: { finalOffset: 130 } }).atMost, 80);
  const fenced = { fencedFor: 1000, silentFor: 0 } as unknown as Partial<HeldTenure>;
  assert.equal(
    lossIn({
      primary: closed,
      tenure: {
        ...heldBy(closed, 1000),
        ...fenced,
        lastServed: { ...reportIn('redis-0', closed), offset: 95 },
      },
    }).atMost,
    45,
  );
});

const streams = { to: ['10.0.0.1'], keptBackAtMost: 1_000_000 };
const socketBytes = { send: 4000, receive: 30_000 };
const heard = { ...synced, report: { ...synced.report, socketBytes } };

test('of a primary that was killed no more is lost than can have been on its way to its successor', () => {
  const said = { lastStreams: streams, lastOffset: 97, socketBytes };
  const { atMost, because } = lossIn({ primary: exited, said, chosen: heard });
  assert.equal(atMost, 2_000_000 + 4000 + 30_000 + 2 * 65_536);
  assert.match(because, /when it was looked at last it was 47 bytes ahead$/);
  // A word of its end is nearer.
  assert.equal(lossIn({ primary: exited, said: { ...said, finalOffset: 130 }, chosen: heard }).atMost, 80);
  for (const lacks of [
    { primary: serving, said, chosen: heard },
    { primary: exited, said, chosen: synced },
    { primary: exited, said: { ...said, socketBytes: undefined }, chosen: heard },
    { primary: exited, said: { ...said, lastStreams: { ...streams, to: ['10.0.0.2'] } }, chosen: heard },
  ])
    assert.equal(lossIn(lacks).atMost, undefined);
});

test('of a primary that was killed nothing is claimed but how far it was when it was looked at', () => {
  assert.deepEqual(lossIn({ primary: exited, said: { lastOffset: 97 } }), {
    atMost: undefined,
    because:
      'it is not known: when it was looked at last it was 47 bytes ahead, and nobody can say what it took after that',
  });
});

test('what an earlier process of that pod said counts for nothing once another serves', () => {
  assert.equal(lossIn({ primary: serving, said: { finalOffset: 60, handedOverTo: 2 } }).atMost, undefined);
});
