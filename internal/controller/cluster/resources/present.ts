/** The same object without the properties that are undefined: in a manifest a field is there or it is not. */
export function present<Shape extends object>(fields: Loose<Shape>): Shape {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Shape;
}

type Loose<Shape> = { readonly [Field in keyof Shape]: Shape[Field] | undefined };
