import { isIP } from 'node:net';
import { commandPaths, largestBinary } from '../../control/protocol.ts';
import type { ReceivedCommand } from '../commands.ts';

export type CommandKind = keyof typeof commandPaths;

const kinds: ReadonlyMap<string, CommandKind> = new Map(
  Object.entries(commandPaths).map(([kind, path]) => [path, kind as CommandKind]),
);

/** The command that is given at this path; undefined when it is none. */
export const commandAt = (path: string): CommandKind | undefined => kinds.get(path);

export type ParsedCommand =
  | { readonly kind: 'parsed'; readonly command: ReceivedCommand }
  | { readonly kind: 'malformed'; readonly problem: string };

/** Reads the body of a command. Fields that a later version may add are left alone. */
export function parseCommand(kind: CommandKind, text: string): ParsedCommand {
  const body = fieldsOf(text);
  if (body === undefined) return malformed('the body must be a JSON object');
  const problem = required[kind].find((field) => !checks[field].holds(body[field]));
  if (problem !== undefined) return malformed(`${problem} must be ${checks[problem].shape}`);
  if (body['run'] !== undefined && !name.holds(body['run'])) return malformed(`run must be ${name.shape}`);
  const { instances } = body;
  if (instances !== undefined && !checks.term.holds(instances)) {
    return malformed(`instances must be ${checks.term.shape}`);
  }
  // Each field that this kind of command has was checked above.
  return { kind: 'parsed', command: { ...body, kind } as unknown as ReceivedCommand };
}

const malformed = (problem: string): ParsedCommand => ({ kind: 'malformed', problem });

type Field =
  | 'term'
  | 'podUID'
  | 'asOf'
  | 'resourceVersion'
  | 'handover'
  | 'primary'
  | 'candidate'
  | 'address'
  | 'version'
  | 'sha256'
  | 'bytes';

const required: Readonly<Record<CommandKind, readonly Field[]>> = {
  lease: ['term', 'podUID', 'asOf'],
  prepare: ['term', 'podUID'],
  nominate: ['term', 'podUID'],
  promote: ['term', 'podUID', 'asOf', 'resourceVersion'],
  follow: ['term', 'podUID', 'primary', 'address', 'resourceVersion'],
  fence: ['term', 'podUID', 'resourceVersion'],
  switchover: ['term', 'podUID', 'candidate', 'address', 'handover'],
  recall: ['term', 'podUID', 'handover'],
  upgrade: ['term', 'podUID', 'version', 'sha256', 'bytes'],
};

interface Check {
  readonly shape: string;
  readonly holds: (value: unknown) => boolean;
}

const count: Check = {
  shape: 'a count of 1 or more',
  holds: (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 1,
};

const name: Check = {
  shape: 'a text that is not empty',
  holds: (value) => typeof value === 'string' && value !== '',
};

const checks: Readonly<Record<Field, Check>> = {
  term: count,
  handover: count,
  asOf: {
    shape: 'a number of milliseconds',
    holds: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  },
  podUID: name,
  resourceVersion: name,
  primary: name,
  candidate: name,
  version: name,
  sha256: {
    shape: 'a SHA-256 in hexadecimal',
    holds: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  },
  bytes: {
    shape: `a number of bytes up to ${largestBinary}`,
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= largestBinary,
  },
  address: { shape: 'an IP address', holds: (value) => typeof value === 'string' && isIP(value) !== 0 },
};

function fieldsOf(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
