/** The last result of what costs time to make, for as long as everything that it was made from is the very same. */
export class Kept<Value> {
  #made: { readonly from: readonly unknown[]; readonly value: Value } | undefined;

  of(from: readonly unknown[], make: () => Value): Value {
    const held = this.#made;
    if (held !== undefined && areTheSame(held.from, from)) return held.value;
    const value = make();
    this.#made = { from, value };
    return value;
  }
}

const areTheSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((one, index) => Object.is(one, others[index]));
