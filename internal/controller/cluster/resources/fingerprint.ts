/**
 * A short, stable name for a JSON value: 16 hexadecimal digits, the same whatever order its keys are written in.
 * FNV-1a in two lanes of 32 bits, in plain arithmetic: it is taken of every pod in every tick by code that may not
 * import, and it has to tell apart honest manifests, not to withstand somebody who looks for a collision.
 */
export function fingerprint(value: unknown): string {
  const text = canonicalJson(value);
  return lane(text, 0x811c9dc5, 0x01000193) + lane(text, 0x9747b28c, 0x0100019d);
}

/**
 * Users write parts of manifests, nested as deep as they like, and calls that deep would fill the stack. Nothing that
 * Kubernetes knows is nested deeper than this; what is, keeps its keys in the order in which the API server gives them.
 */
const deepest = 100;

/** JSON with sorted keys and without undefined ones. */
export function canonicalJson(value: unknown, level = 0): string {
  if (typeof value !== 'object' || value === null || level > deepest) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, level + 1)).join()}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field, level + 1)}`;
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
