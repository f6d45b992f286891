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
 * JSON with sorted keys and without undefined ones. Users write parts of manifests, nested as deep as they like: calls
 * that deep would fill the stack, so what is not written yet waits in a list.
 */
export function canonicalJson(value: unknown): string {
  const waiting = [pieceOf(value)];
  let text = '';
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    if (typeof piece === 'string') text += piece;
    else for (const part of piecesOf(piece).reverse()) waiting.push(part);
  }
  return text;
}

/** Text that is ready, or something that is still to be taken apart. */
type Piece = string | object;

const pieceOf = (value: unknown): Piece =>
  typeof value === 'object' && value !== null ? value : (JSON.stringify(value) ?? 'null');

function piecesOf(value: object): Piece[] {
  if (Array.isArray(value)) return ['[', ...separated(value.map((item) => [pieceOf(item)])), ']'];
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = sorted.map(([key, field]) => [`${JSON.stringify(key)}:`, pieceOf(field)]);
  return ['{', ...separated(pairs), '}'];
}

const separated = (items: readonly (readonly Piece[])[]): readonly Piece[] =>
  items.flatMap((item, index) => (index === 0 ? item : [',', ...item]));

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
