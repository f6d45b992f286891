import * as z from 'zod/mini';

/** As much of an OpenAPI schema as we write. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly [keyword: string]: unknown;
}

/** Keywords that a structural schema may not have, or that say nothing there. */
const dropped = ['additionalProperties', '$schema', 'propertyNames'];

/** The OpenAPI schema of a zod schema, as the API server wants it: structural, with only what constrains. */
export function structural(schema: z.ZodMiniType): Schema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema }) => fix(jsonSchema as Record<string, unknown>),
  }) as Schema;
}

function fix(schema: Record<string, unknown>): void {
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete schema['anyOf'];
    delete schema['type'];
  }
  // Every integer of JSON is this small; the bounds say nothing.
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['type'] === 'integer') schema['format'] = 'int64';
  const { additionalProperties } = schema;
  const isMap =
    typeof additionalProperties === 'object' && Object.keys(additionalProperties ?? {}).length > 0;
  for (const keyword of dropped) {
    if (keyword !== 'additionalProperties' || !isMap) delete schema[keyword];
  }
}
