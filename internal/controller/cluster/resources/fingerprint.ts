/**
 * A short, stable name for a JSON value: 16 hexadecimal digits, the same whatever order its keys are written in.
 * FNV-1a in two lanes of 32 bits, in plain arithmetic: it is taken of every pod in every tick by code that may not
 * import, and it has to tell apart honest manifests, not to withstand somebody who looks for a collision.
 */
export function fingerprint(value: unknown): string {
  const text = canonicalJson(value);
  return lane(text, 0x811c9dc5, 0x01000193) + lane(text, 0x9747b28c, 0x0100019d);
}

/** JSON with sorted keys and without undefined ones. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** One pass over the UTF-16 units; the last mixing spreads the final characters over all bits. */
function lane(text: string, offset: number, prime: number): string {
  let hash = offset;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0).toString(16).padStart(8, '0');
}
