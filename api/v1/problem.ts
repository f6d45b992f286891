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
  const field = [root, ...issue.path.map(String)].join('.');
  return problem(field, valueAt(raw, issue.path), rightOf(issue));
}

function rightOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `it must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `it must be of type ${issue.expected}`;
    case 'too_small':
      return `it must be ${issue.minimum} or more`;
    case 'too_big':
      return `it must be ${issue.maximum} or less`;
    case 'invalid_union':
      return 'it must be text or a whole number';
    default:
      return issue.message;
  }
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

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
