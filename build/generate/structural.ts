import * as z from 'zod/mini';

/** A rule of the API server: CEL over the value that it is attached to. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
}

/** As much of an OpenAPI schema as we write. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly [keyword: string]: unknown;
}

/** The OpenAPI schema of a zod schema, as the API server wants it: structural, with only what constrains. */
export function structural(schema: z.ZodMiniType<unknown, unknown>): Schema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
  });
  return fixed(made as RawSchema);
}

interface RawSchema {
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly additionalProperties?: RawSchema;
  readonly items?: RawSchema;
  readonly [keyword: string]: unknown;
}

/** The same schema, with what zod and Kubernetes write differently in Kubernetes' way, all the way down. */
function fixed(raw: RawSchema): Schema {
  const { properties, additionalProperties, items, propertyNames: _, ...own } = raw;
  const isMap = properties === undefined && isSchema(additionalProperties);
  return {
    ...withRules(withIntegers(withQuantities(own))),
    ...(properties === undefined || isEmpty(properties) ? {} : { properties: mapValues(properties, fixed) }),
    ...(isMap ? { additionalProperties: fixed(additionalProperties) } : {}),
    ...(items === undefined ? {} : { items: fixed(items) }),
  };
}

const isSchema = (value: unknown): value is RawSchema =>
  typeof value === 'object' && value !== null && !isEmpty(value);
const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

const mapValues = <From, To>(
  map: Readonly<Record<string, From>>,
  make: (value: From) => To,
): Record<string, To> => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, make(value)]));

type Keywords = Readonly<Record<string, unknown>>;

/** Text or a number: Kubernetes has a keyword of its own for the choice. */
function withQuantities(own: Keywords): Keywords {
  if (own['x-kubernetes-int-or-string'] !== true) return own;
  const { anyOf: _, type: __, ...rest } = own;
  const texts = branches(own).find((branch) => branch['type'] === 'string') ?? {};
  return { ...rest, maxLength: texts['maxLength'], pattern: texts['pattern'] };
}

const branches = ({ anyOf }: Keywords): readonly Keywords[] => (Array.isArray(anyOf) ? anyOf : []);

/** Every integer of JSON is this small: bounds that say so say nothing. */
function withIntegers(own: Keywords): Keywords {
  if (own['type'] !== 'integer') return own;
  const { minimum, maximum, ...rest } = own;
  return {
    ...rest,
    format: 'int64',
    ...(minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}

/** Where the schema says in words what a pattern means, the API server says it too, instead of the pattern. */
function withRules(own: Keywords): Keywords {
  const { right, pattern, ...rest } = own;
  if (typeof right !== 'string' || typeof pattern !== 'string') return own;
  if (own['format'] === 'date-time') return rest; // The API server knows this form by its name.
  const text = own['x-kubernetes-int-or-string'] === true ? 'string(self)' : 'self';
  const rule: ValidationRule = { rule: `${text}.matches(r'${pattern}')`, message: right };
  return { ...rest, 'x-kubernetes-validations': [rule] };
}

/** The schema with rules added to those of the field at `path`: names of fields, with dots between. */
export function addRules(schema: Schema, path: string, rules: readonly ValidationRule[]): Schema {
  const [first, ...rest] = path.split('.').filter((step) => step !== '');
  if (first === undefined) {
    return {
      ...schema,
      'x-kubernetes-validations': [...(schema['x-kubernetes-validations'] ?? []), ...rules],
    };
  }
  const field = schema.properties?.[first];
  if (field === undefined) throw new Error(`no field ${path} for the rule ${rules[0]?.rule}`);
  return {
    ...schema,
    properties: { ...schema.properties, [first]: addRules(field, rest.join('.'), rules) },
  };
}
