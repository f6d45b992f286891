import type * as z from 'zod/mini';

/** What is wrong with one field. The message names the field, its value and what would be right. */
export interface Problem {
  readonly field: string;
  readonly message: string;
}

export const problem = (field: string, value: unknown, right: string): Problem => ({
  field,
  message: `${field}: ${shown(value)} is wrong: ${right}`,
});

/** A problem that the schema found. `raw` is what was parsed, `root` its place in the object. */
export function problemOf(root: string, issue: z.core.$ZodIssue, raw: unknown): Problem {
  const field = [root, ...issue.path.map((step) => shortened(String(step)))].join('.');
  return problem(field, isSecret(field) ? hidden : valueAt(raw, issue.path), rightOf(issue));
}

function rightOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `it must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `it must be ${typeNames[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'too_small':
      return `it must ${extent(issue.origin, issue.minimum, 'more')}`;
    case 'too_big':
      return `it must ${extent(issue.origin, issue.maximum, 'fewer')}`;
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function extent(origin: string, bound: number | bigint, direction: 'more' | 'fewer'): string {
  if (origin === 'string') return `have ${bound} characters or ${direction}`;
  if (origin === 'array') return `have ${bound} entries or ${direction}`;
  return `be ${bound} or ${direction === 'more' ? 'more' : 'less'}`;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Readonly<Record<PropertyKey, unknown>>)[step]
        : undefined,
    raw,
  );
}

/** Long enough to be recognised. */
const longestShown = 64;
export const shortened = (text: string): string =>
  text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;

const hidden = Symbol('not to be shown');
/** Messages end up in status and logs: what could hold a password stays out of them. */
const isSecret = (field: string): boolean => /^spec[.](redis|podTemplate)[.]/.test(field);

/** Of what has parts only that it has: there could be anything in them. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === hidden) return 'the value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'string' ? `"${shortened(value)}"` : String(value);
}
