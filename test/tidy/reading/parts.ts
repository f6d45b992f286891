/** What a stretch of TypeScript is. The inside of a template literal's `${}` is code again. */
export type PartKind = 'code' | 'comment' | 'literal';

export interface Part {
  readonly kind: PartKind;
  readonly text: string;
}

/**
 * Takes TypeScript apart into code, comments and literals (strings, templates, regular expressions), so that a rule about
 * code is not misled by words in a comment. All parts together are the text again.
 */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  /** What the open braces belong to, innermost last. */
  const braces: ('block' | 'template')[] = [];
  let before = '';
  for (let at = 0; at < text.length; ) {
    const part = nextPart(text, at, before, braces);
    parts.push(part);
    at += part.text.length;
    if (part.kind !== 'comment' && part.text.trim() !== '') before = part.text;
  }
  return parts;
}

const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
const string = /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y;
const templateStart = /`(?:\\[\s\S]|[^`\\$]|\$(?!\{))*(?:`|\$\{)/y;
const templateRest = /\}(?:\\[\s\S]|[^`\\$]|\$(?!\{))*(?:`|\$\{)/y;
const expression = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const plain = /[\w$#@]+|\s+|[\s\S]/y;

function nextPart(text: string, at: number, before: string, braces: ('block' | 'template')[]): Part {
  const remark = match(comment, text, at);
  if (remark !== undefined) return { kind: 'comment', text: remark };
  const literal = match(string, text, at) ?? template(text, at, braces) ?? pattern(text, at, before);
  if (literal !== undefined) return { kind: 'literal', text: literal };
  const code = match(plain, text, at) ?? '';
  if (code === '{') braces.push('block');
  if (code === '}') braces.pop();
  return { kind: 'code', text: code };
}

function template(text: string, at: number, braces: ('block' | 'template')[]): string | undefined {
  const goesOn = text[at] === '}' && braces.at(-1) === 'template';
  const found = match(goesOn ? templateRest : templateStart, text, at);
  if (found === undefined) return undefined;
  if (goesOn) braces.pop();
  if (found.endsWith('${')) braces.push('template');
  return found;
}

/** A slash divides what stands before it, and begins a regular expression everywhere else. */
function pattern(text: string, at: number, before: string): string | undefined {
  const divides = /[\w$)\]'"`]$/.test(before) && !/^(?:return|typeof|case|of|in|yield|await)$/.test(before);
  return divides ? undefined : match(expression, text, at);
}

function match(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

/** The text with everything but the parts of these kinds turned into spaces: places and lines stay where they are. */
export const onlyParts = (parts: readonly Part[], kinds: readonly PartKind[]): string =>
  parts.map(({ kind, text }) => (kinds.includes(kind) ? text : text.replace(/[^\n]/g, ' '))).join('');
