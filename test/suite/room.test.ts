import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turn } from '../../internal/time/hand-clock.fixture.ts';
import { pulses, Room } from './room.ts';

const [quick, slow] = [20, 400];
const enough = Array.from({ length: pulses }, () => quick);

/** A machine of which the test tells how it is. */
class Machine {
  #waiting: ((took: number) => void)[] = [];
  readonly room = new Room(() => new Promise((resolve) => this.#waiting.push(resolve)));

  async beats(...pulses: readonly number[]): Promise<void> {
    await turn();
    for (const took of pulses) {
      for (const tell of this.#waiting.splice(0)) tell(took);
      await turn();
    }
  }
}

/** Something that is inside until it is told to leave. */
function visitor(room: Room) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = { inside: false };
  const left = room.within(async () => {
    seen.inside = true;
    await promise;
  });
  const leave = async (): Promise<void> => {
    resolve();
    await left;
  };
  return { seen, leave };
}

test('the first is let in at once, however busy the machine is', async () => {
  const { room } = new Machine();
  const one = visitor(room);
  await turn();
  assert.equal(one.seen.inside, true);
  await one.leave();
});

test('another one waits until the last pulses were quick in the mean', async () => {
  const machine = new Machine();
  const [one, other] = [visitor(machine.room), visitor(machine.room)];
  await machine.beats(slow, ...enough.slice(1));
  assert.deepEqual([one.seen.inside, other.seen.inside], [true, false]);
  await machine.beats(quick);
  assert.equal(other.seen.inside, true);
  await Promise.all([one.leave(), other.leave()]);
});

test('a single pulse that was a little late keeps nobody out', async () => {
  const machine = new Machine();
  const [one, other] = [visitor(machine.room), visitor(machine.room)];
  await machine.beats(...enough.slice(1), 3 * quick);
  assert.equal(other.seen.inside, true);
  await Promise.all([one.leave(), other.leave()]);
});

test('two that wait are not let in by the same pulses', async () => {
  const machine = new Machine();
  const all = [visitor(machine.room), visitor(machine.room), visitor(machine.room)];
  await machine.beats(...enough);
  assert.deepEqual(
    all.map(({ seen }) => seen.inside),
    [true, true, false],
  );
  await machine.beats(...enough);
  assert.ok(all.every(({ seen }) => seen.inside));
  await Promise.all(all.map(({ leave }) => leave()));
});

test('who waits is let in when the others have left, and who failed has left', async () => {
  const machine = new Machine();
  const failing = machine.room.within(() => Promise.reject(new Error('failed')));
  const next = visitor(machine.room);
  await assert.rejects(failing, /failed/);
  await machine.beats(slow);
  assert.equal(next.seen.inside, true);
  await next.leave();
});
