import * as z from 'zod/mini';
import { quantityPattern } from '../quantity.ts';

/** Bounds that keep an object small, and its rules cheap enough for the API server to check at every write. */
export const bounds = { name: 253, text: 1024, message: 32_768, entries: 64 } as const;

/** What the CRD says of a field besides its type and description. */
export interface Note {
  /** What `pattern` stands for, in words; the API server says this instead of showing the pattern. */
  readonly right?: string;
  readonly [keyword: string]: unknown;
}

/** Hangs a description on a schema that no other field shares. */
export function described<Schema extends z.ZodMiniType<unknown, unknown>>(
  schema: Schema,
  description: string,
  note: Note = {},
): Schema {
  z.globalRegistry.add(schema, { ...note, description });
  return schema;
}

/**
 * A field that may be left out. Every instance pays for every node of a schema (0.5 to 2.5 kB): nodes are shared, and
 * a description is hung on the one that is the field's own.
 */
export const optional = <Schema extends z.ZodMiniType<unknown, unknown>>(
  schema: Schema,
  description: string,
): z.ZodMiniExactOptional<Schema> => described(z.exactOptional(schema), description);

/** A field that has `value` when it is left out. */
export const defaulted = <Schema extends z.ZodMiniType<unknown, unknown>>(
  schema: Schema,
  value: z.core.util.NoUndefined<z.core.output<Schema>>,
  description: string,
): z.ZodMiniDefault<Schema> => described(z._default(schema, value), description);

/** A field that must be there, as a copy of a shared schema. */
export const required = <Schema extends z.ZodMiniType<unknown, unknown>>(
  schema: Schema,
  description: string,
): Schema => described(z.clone(schema), description);

/** A part that most clusters do without: it costs nothing until it is there. */
export const rare = <Schema extends z.ZodMiniType<unknown, unknown>>(
  make: () => Schema,
): z.ZodMiniLazy<Schema> => z.lazy(make);

export const flag = z.boolean();
export const count = z.int().check(z.gte(0));
export const text = z.string().check(z.maxLength(bounds.text));
export const objectName = z.string().check(z.minLength(1), z.maxLength(bounds.name));
export const wholeNumber = (least: number, most: number) => z.int().check(z.gte(least), z.lte(most));

/** Text of one form; `right` says in words what the pattern means. */
export const formed = (pattern: RegExp, right: string, most: number, note: Note = {}) => {
  const schema = z.string().check(z.maxLength(most), z.regex(pattern, right));
  z.globalRegistry.add(schema, { ...note, right });
  return schema;
};

export const rightQuantity = 'it must be a quantity such as 10Gi, 512Mi or 2';
/** A Kubernetes quantity: `1Gi`, `500m`, or a whole number; always text once it is parsed. */
export const quantity = described(
  z
    .union([z.string().check(z.maxLength(32), z.regex(quantityPattern)), count], rightQuantity)
    .check(z.overwrite(String)) as unknown as z.ZodMiniType<string, string | number>,
  'An amount.',
  { 'x-kubernetes-int-or-string': true, right: rightQuantity },
);

const preserved: Note = { 'x-kubernetes-preserve-unknown-fields': true };
/** An object of Kubernetes' own that is passed on as it is: the API server checks it when it comes to the pod. */
export const passedOn = described(z.looseObject({}), 'Passed on as it is.', preserved);
const itsName = { name: required(objectName, 'Its name.') };
/** The same, of something that is told from its like by its name. */
export const passedOnByName = described(z.looseObject(itsName), 'Passed on as it is.', preserved);

export const listOf = <Item extends z.ZodMiniType<unknown, unknown>>(
  item: Item,
  most: number = bounds.entries,
) => z.array(item).check(z.maxLength(most));

export const mapOf = <Value extends z.ZodMiniType<unknown, unknown>>(
  value: Value,
  most: number = bounds.entries,
) =>
  described(
    z
      .record(z.string(), value)
      .check(z.refine((map) => Object.keys(map).length <= most, `it must have ${most} entries or fewer`)),
    'By name.',
    { maxProperties: most },
  );
export const textMap = mapOf(text);

export const secretRef = z.object({
  name: required(objectName, 'The name of a Secret in the same namespace.'),
});
