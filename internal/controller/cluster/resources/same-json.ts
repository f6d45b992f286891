/** Whether two values are the same as JSON: what is undefined is not there, and keys have no order. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) return Array.isArray(other) && sameItems(one, other);
  return !Array.isArray(other) && sameFields(one as Fields, other as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

const sameItems = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((item, index) => sameJson(item, others[index]));

function sameFields(one: Fields, other: Fields): boolean {
  for (const key of Object.keys(one)) {
    const counterpart = Object.hasOwn(other, key) ? other[key] : undefined;
    if (!sameJson(one[key], counterpart)) return false;
  }
  return Object.keys(other).every((key) => other[key] === undefined || Object.hasOwn(one, key));
}
