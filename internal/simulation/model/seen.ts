import type { World } from './world.ts';

/**
 * Which states have been met, each by 64 bits of hash, and how each was come to. Two states of the same hash would be taken
 * for one: among ten million the chance of that is one in 300,000.
 */
export class Seen {
  #slots = new Int32Array(1 << 20).fill(-1);
  #high = new Int32Array(1 << 18);
  #low = new Int32Array(1 << 18);
  /** The state that it was come from, and the how-manieth move of it. */
  #from = new Int32Array(1 << 18);
  #move = new Uint16Array(1 << 18);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Its number if it is new, otherwise undefined. */
  add(world: World, from: number, move: number): number | undefined {
    const high = hash(world, 0x9e37_79b9);
    const low = hash(world, 0x85eb_ca6b);
    const slot = this.#find(high, low);
    if (this.#slots[slot] !== -1) return undefined;
    if (this.#count === this.#high.length) this.#grow();
    const number = this.#count;
    this.#count += 1;
    this.#high[number] = high;
    this.#low[number] = low;
    this.#from[number] = from;
    this.#move[number] = move;
    this.#slots[slot] = number;
    if (this.#count * 2 > this.#slots.length) this.#spread();
    return number;
  }

  /** The moves that lead from the first state to this one. */
  wayTo(number: number): readonly number[] {
    const way: number[] = [];
    for (let at = number; at > 0; at = this.#from[at] ?? 0) way.push(this.#move[at] ?? 0);
    return way.reverse();
  }

  #find(high: number, low: number): number {
    const mask = this.#slots.length - 1;
    let slot = low & mask;
    for (;;) {
      const number = this.#slots[slot] ?? -1;
      if (number === -1 || (this.#high[number] === high && this.#low[number] === low)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #spread(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (let number = 0; number < this.#count; number += 1) {
      this.#slots[this.#find(this.#high[number] ?? 0, this.#low[number] ?? 0)] = number;
    }
  }

  #grow(): void {
    this.#high = longer(this.#high, new Int32Array(this.#count * 2));
    this.#low = longer(this.#low, new Int32Array(this.#count * 2));
    this.#from = longer(this.#from, new Int32Array(this.#count * 2));
    this.#move = longer(this.#move, new Uint16Array(this.#count * 2));
  }
}

function longer<Numbers extends Int32Array | Uint16Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

function hash(
  { pods, leader, deposed, recorded, messages, cuts, faults, write }: World,
  seed: number,
): number {
  let mixed = seed;
  for (let pod = 0; pod < pods.length; pod += 1) mixed = mix(mixed, pods[pod] ?? 0);
  mixed = mix(mix(mix(mixed, leader), deposed), recorded);
  mixed = mix(mix(mixed, messages), cuts);
  mixed = mix(mixed, faults * 4 + write);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return mixed ^ (mixed >>> 15);
}

function mix(mixed: number, value: number): number {
  const scrambled =
    Math.imul(Math.imul(value, 0xcc9e_2d51) | 1, (mixed >>> 17) | 1) ^ Math.imul(value + 1, 0x1b87_3593);
  const turned = mixed ^ scrambled;
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe654_6b64) | 0;
}
