import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../internal/time/hand-clock.fixture.ts';
import { seconds } from '../../internal/time/units.ts';
import { Room, type Spent, spent } from './room.ts';

/** Two processors of which `share` is busy for as long as it is so. */
class Machine {
  share = 0;
  readonly clock = new HandClock();
  #spent: Spent = { busy: 0, all: 0 };

  readonly room = new Room({ clock: this.clock, spent: () => this.#spent });

  async pass(count: number): Promise<void> {
    for (let second = 0; second < count; second += 1) {
      const { busy, all } = this.#spent;
      this.#spent = { busy: busy + 2000 * this.share, all: all + 2000 };
      await this.clock.pass(seconds(1));
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
  const machine = new Machine();
  machine.share = 1;
  const one = visitor(machine.room);
  await machine.pass(1);
  assert.equal(one.seen.inside, true);
  await one.leave();
});

test('another one waits until the processors have had room for five seconds', async () => {
  const machine = new Machine();
  machine.share = 0.9;
  const [one, other] = [visitor(machine.room), visitor(machine.room)];
  await machine.pass(60);
  assert.deepEqual([one.seen.inside, other.seen.inside], [true, false]);
  machine.share = 0.5;
  await machine.pass(10);
  assert.equal(other.seen.inside, true);
  await Promise.all([one.leave(), other.leave()]);
});

test('two that wait are not let in by the same look', async () => {
  const machine = new Machine();
  const all = [visitor(machine.room), visitor(machine.room), visitor(machine.room)];
  await machine.pass(6);
  assert.deepEqual(
    all.map(({ seen }) => seen.inside),
    [true, true, false],
  );
  await machine.pass(5);
  assert.ok(all.every(({ seen }) => seen.inside));
  await Promise.all(all.map(({ leave }) => leave()));
});

test('one that is alone is let in when the others have left, and who failed has left', async () => {
  const machine = new Machine();
  machine.share = 1;
  const failing = machine.room.within(() => Promise.reject(new Error('failed')));
  await assert.rejects(failing, /failed/);
  const next = visitor(machine.room);
  await machine.pass(6);
  assert.equal(next.seen.inside, true);
  await next.leave();
});

test('the processors of this machine have done something', () => {
  const { busy, all } = spent();
  assert.ok(busy > 0 && busy < all);
});
