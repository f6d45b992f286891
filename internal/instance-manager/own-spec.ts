import { isOwnedDirective } from '../../api/v1/directives.ts';
import { parseQuantity } from '../../api/v1/quantity.ts';

/** What an instance needs of its RedisCluster's spec; sizes are in bytes. */
export interface OwnSpec {
  readonly persistence: 'aof' | 'rdb' | 'none';
  readonly directives: Readonly<Record<string, string>>;
  readonly maxMemory: bigint | undefined;
  readonly maxMemoryPercent: number | undefined;
  readonly maxMemoryPolicy: string | undefined;
  readonly memoryLimit: bigint | undefined;
  /** The user's own Secret with the password; undefined for the one that is made for the cluster. */
  readonly authSecret: string | undefined;
}

export type SpecReading =
  | { readonly kind: 'read'; readonly spec: OwnSpec }
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Reads what an instance needs, and refuses what it cannot use. The whole object is checked by the API server and again
 * by the operator, before a pod is made; to carry that parser too would cost every instance 3.5 MB (measured).
 */
export function readOwnSpec(raw: unknown): SpecReading {
  const spec = fieldsOf(raw);
  const memory = fieldsOf(spec.memory);
  const persistence = spec.persistence ?? 'aof';
  const directives = spec.redis ?? {};
  if (persistence !== 'aof' && persistence !== 'rdb' && persistence !== 'none') {
    return refused('spec.persistence must be aof, rdb or none');
  }
  const problem = problemOfDirectives(directives) ?? problemOfMemory(memory);
  if (problem !== undefined) return refused(problem);
  return {
    kind: 'read',
    spec: {
      persistence,
      directives: directives as Readonly<Record<string, string>>,
      maxMemory: bytesOf(memory.maxMemory),
      maxMemoryPercent: numberOr(memory.maxMemoryPercent),
      maxMemoryPolicy: textOr(memory.maxMemoryPolicy),
      memoryLimit: bytesOf(fieldsOf(fieldsOf(spec.resources).limits).memory),
      authSecret: textOr(fieldsOf(spec.authSecret).name),
    },
  };
}

const refused = (problem: string): SpecReading => ({ kind: 'refused', problem });

/** Values are never told: they could be passwords. */
function problemOfDirectives(directives: unknown): string | undefined {
  if (typeof directives !== 'object' || directives === null || Array.isArray(directives)) {
    return 'spec.redis must be a map from directives to their values';
  }
  const wrong = Object.entries(directives).find(([name, value]) => !isUsable(name, value));
  return wrong === undefined
    ? undefined
    : `spec.redis: ${JSON.stringify(wrong[0])} may not be set, or not so`;
}

/** One line in redis.conf that says nothing of what is ours to say. */
const isUsable = (name: string, value: unknown): boolean =>
  /^[a-z0-9-]+$/.test(name) &&
  !isOwnedDirective(name) &&
  typeof value === 'string' &&
  ![...value].some((character) => character < ' ' || character === '\u007f');

function problemOfMemory({ maxMemory, maxMemoryPercent: percent }: Fields): string | undefined {
  if (maxMemory !== undefined && bytesOf(maxMemory) === undefined) {
    return 'spec.memory.maxMemory must be a quantity of bytes';
  }
  const isShare = typeof percent === 'number' && Number.isInteger(percent) && percent >= 1 && percent <= 100;
  return percent === undefined || isShare ? undefined : 'spec.memory.maxMemoryPercent must be from 1 to 100';
}

/** Kubernetes quantities come as text or as numbers. */
const bytesOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined;
const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const numberOr = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

interface Fields {
  readonly persistence?: unknown;
  readonly redis?: unknown;
  readonly memory?: unknown;
  readonly maxMemory?: unknown;
  readonly maxMemoryPercent?: unknown;
  readonly maxMemoryPolicy?: unknown;
  readonly resources?: unknown;
  readonly limits?: unknown;
  readonly authSecret?: unknown;
  readonly name?: unknown;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});
