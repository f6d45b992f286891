/** The same object without the properties that are undefined: in a manifest a field is there or it is not. */
export function present<Shape extends object>(fields: Loose<Shape>): Shape {
  const found: Partial<Shape> = {};
  for (const field in fields) if (fields[field] !== undefined) found[field] = fields[field];
  return found as Shape;
}

type Loose<Shape> = { readonly [Field in keyof Shape]: Shape[Field] | undefined };
