import type { Affinity, PodSpec, Toleration, TopologySpreadConstraint } from 'kubernetes-types/core/v1.d.ts';
import * as z from 'zod/mini';
import { type Problem, problemOf } from './problem.ts';
import { specSchema } from './schema/spec.ts';
import { type Phase as PhaseName, Phase as Phases, statusSchema, tenureSchema } from './schema/status.ts';
import { specProblems } from './validate.ts';

export const Phase = Phases;
export type Phase = PhaseName;

/** Everything readonly, all the way down. */
type Frozen<Value> = Value extends (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Field in keyof Value]: Frozen<Value[Field]> }
    : Value;

type Checked = Frozen<z.infer<typeof specSchema>>;

/** A fragment of a pod, checked by the API server when it comes to the pod. */
export interface PodTemplate {
  readonly metadata?: NonNullable<Checked['podTemplate']>['metadata'];
  readonly spec?: Partial<PodSpec>;
}

export interface RedisClusterSpec
  extends Omit<Checked, 'affinity' | 'tolerations' | 'topologySpreadConstraints' | 'podTemplate'> {
  readonly affinity?: Affinity;
  readonly tolerations?: Toleration[];
  readonly topologySpreadConstraints?: TopologySpreadConstraint[];
  readonly podTemplate?: PodTemplate;
}

export type RedisClusterStatus = Frozen<z.infer<typeof statusSchema>>;
export type InstanceStatus = NonNullable<RedisClusterStatus['instancesStatus']>[string];
export type Condition = NonNullable<RedisClusterStatus['conditions']>[number];
export type ServiceTemplate = NonNullable<NonNullable<RedisClusterSpec['services']>['leader']>;
export type { Problem };

export interface RedisCluster {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: RedisClusterMeta;
  readonly spec: RedisClusterSpec;
  readonly status?: RedisClusterStatus;
  /** What is wrong with the tenure in status; nobody may be appointed over it. */
  readonly tenureProblem?: string;
}

export interface RedisClusterMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const metaSchema = z.looseObject({ name: z.string(), namespace: z.string(), uid: z.string() });

/**
 * The only way into the program for a RedisCluster: defaults filled in, every problem reported and not only the first.
 * Never throws. A status that makes no sense is dropped, since it is only output; of the tenure it is said.
 */
export function parseRedisCluster(raw: unknown): Parsed<RedisCluster> {
  const { apiVersion, kind, metadata, spec, status } = fieldsOf(raw);
  const meta = z.safeParse(metaSchema, metadata);
  const parsed = z.safeParse(specSchema, spec ?? {});
  if (!meta.success || !parsed.success) {
    return {
      ok: false,
      problems: [...problemsOf('metadata', meta, metadata), ...problemsOf('spec', parsed, spec)],
    };
  }
  const own = meta.data as unknown as RedisClusterMeta;
  const problems = specProblems(own.name, parsed.data as unknown as RedisClusterSpec);
  if (problems.length > 0) return { ok: false, problems };
  const head = { apiVersion: String(apiVersion), kind: String(kind), metadata: own };
  return {
    ok: true,
    value: { ...head, spec: parsed.data as unknown as RedisClusterSpec, ...statusOf(status) },
  };
}

function statusOf(raw: unknown): Pick<RedisCluster, 'status' | 'tenureProblem'> {
  if (raw === undefined || raw === null) return {};
  const whole = z.safeParse(statusSchema, raw);
  if (whole.success) return { status: whole.data as RedisClusterStatus };
  const tenure = z.safeParse(tenureSchema, raw);
  if (tenure.success) return { status: tenure.data as RedisClusterStatus };
  const [problem] = problemsOf('status', tenure, raw);
  return { tenureProblem: problem?.message ?? 'status cannot be read' };
}

interface Outcome {
  readonly success: boolean;
  readonly error?: { readonly issues: readonly z.core.$ZodIssue[] };
}

const problemsOf = (root: string, { error }: Outcome, raw: unknown): readonly Problem[] =>
  (error?.issues ?? []).map((issue) => problemOf(root, issue, raw));

interface Fields {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: unknown;
  readonly spec?: unknown;
  readonly status?: unknown;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});
