/** Gives equal values the same small number, so that a state is a handful of numbers. The order of coming decides. */
export class Interned<Value> {
  readonly #numbers = new Map<string, number>();
  readonly #values: Value[] = [];

  numberOf(value: Value): number {
    const key = JSON.stringify(value);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#values.push(value);
    this.#numbers.set(key, this.#values.length - 1);
    return this.#values.length - 1;
  }

  at(number: number): Value {
    const value = this.#values[number];
    if (value === undefined) throw new Error(`no value has the number ${number}`);
    return value;
  }
}

/** Remembers what was computed for numbers, the first below 2 ** 24, the second below 2 ** 28: the same question gets the same answer. */
export class Remembered<Answer> {
  readonly #answers = new Map<number, Answer>();

  of(first: number, second: number, compute: () => Answer): Answer {
    const key = first * 0x1000_0000 + second;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = compute();
    this.#answers.set(key, answer);
    return answer;
  }
}
