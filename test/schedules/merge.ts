type Fields = Readonly<Record<string, unknown>>;

/** RFC 7386: objects are merged field by field, null removes, anything else replaces. */
export function merged(before: unknown, change: unknown): unknown {
  if (!isObject(change)) return change;
  const fields: Record<string, unknown> = isObject(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete fields[name];
    else if (value !== undefined) fields[name] = merged(fields[name], value);
  }
  return fields;
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
