/** Both say the same: texts, numbers, and what is made of them. */
export const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (isObject(one) && isObject(other) && haveSameFields(one, other));

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function haveSameFields(one: Fields, other: Fields): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => name in other && isSame(one[name], other[name]))
  );
}
