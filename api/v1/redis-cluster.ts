import type {
  Affinity,
  PodSpec,
  ServiceSpec,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1.d.ts';
import * as z from 'zod/mini';
import { type Phase as PhaseName, Phase as Phases } from './phase.ts';
import { type Problem, problemOf } from './problem.ts';
import { unseenDirectives } from './redis-rules.ts';
import { metaSchema } from './schema/meta.ts';
import { specSchema } from './schema/spec.ts';
import { statusSchema } from './schema/status.ts';
import { readTenure, type TenureReading, tenureFieldNames } from './tenure.ts';
import { nameProblems, specProblems } from './validate.ts';

export const Phase = Phases;
export type Phase = PhaseName;
export type { Problem };

/** Everything readonly, all the way down. */
type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Field in keyof Value]: Frozen<Value[Field]> }
    : Value;

type Checked = Frozen<z.infer<typeof specSchema>>;

/** A fragment of a pod. What is in its lists is checked by the API server when it comes to the pod. */
export interface PodTemplate {
  readonly metadata?: NonNullable<Checked['podTemplate']>['metadata'];
  readonly spec?: Pick<
    Partial<PodSpec>,
    'containers' | 'initContainers' | 'volumes' | 'imagePullSecrets' | 'priorityClassName'
  >;
}

/** What a user adds to a Service. */
export interface ServiceTemplate
  extends Readonly<Pick<ServiceSpec, Exclude<keyof CheckedService, 'metadata'>>> {
  readonly metadata?: CheckedService['metadata'];
}
type CheckedService = NonNullable<NonNullable<Checked['services']>['leader']>;

type KubernetesOwn = 'affinity' | 'tolerations' | 'topologySpreadConstraints' | 'podTemplate' | 'services';

export interface RedisClusterSpec extends Omit<Checked, KubernetesOwn> {
  readonly affinity?: Affinity;
  readonly tolerations?: Toleration[];
  readonly topologySpreadConstraints?: TopologySpreadConstraint[];
  readonly podTemplate?: PodTemplate;
  readonly services?: {
    readonly leader?: ServiceTemplate;
    readonly replica?: ServiceTemplate;
    readonly any?: ServiceTemplate;
  };
}

export type RedisClusterStatus = Frozen<z.infer<typeof statusSchema>>;
export type InstanceStatus = NonNullable<RedisClusterStatus['instancesStatus']>[string];
export type Condition = NonNullable<RedisClusterStatus['conditions']>[number];
export type RedisClusterMeta = Frozen<z.infer<typeof metaSchema>>;

export interface RedisCluster {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: RedisClusterMeta;
  readonly spec: RedisClusterSpec;
  readonly status?: RedisClusterStatus;
  /** What is wrong with the tenure in status; nobody may be appointed over it. */
  readonly tenureProblem?: string;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** The object all the same, when every field could be read and only a rule is broken. */
      readonly readable?: Value;
    };

/**
 * The only way into the program for a RedisCluster: defaults filled in, every problem reported and not only the first.
 * Never throws. A status that makes no sense does not make the spec unreadable: it is only output, and is dropped but
 * for its tenure, which stays as it lies there, with tenureProblem when it is unreadable.
 */
export function parseRedisCluster(raw: unknown, parseSpec = parseRedisClusterSpec): Parsed<RedisCluster> {
  const { apiVersion, kind, metadata, spec, status } = fieldsOf(raw);
  const meta = z.safeParse(metaSchema, metadata);
  const parsed = parseSpec(spec);
  if (!meta.success || parsed.spec === undefined) {
    const unreadable = parsed.spec === undefined ? parsed.problems : [];
    return { ok: false, problems: [...problemsOf('metadata', meta, metadata), ...unreadable] };
  }
  const problems = [...nameProblems(meta.data.name), ...parsed.problems];
  const head = { apiVersion: textOf(apiVersion), kind: textOf(kind), metadata: meta.data };
  const value = { ...head, spec: parsed.spec, ...statusOf(status) };
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems, readable: value };
}

/** By far the longest part of a RedisCluster, and seldom another. */
export function parseRedisClusterSpec(raw: unknown): ParsedSpec {
  const parsed = z.safeParse(specSchema, raw);
  if (!parsed.success) return { spec: undefined, problems: problemsOf('spec', parsed, raw) };
  // The two differ in Kubernetes' own types alone, which the API server checks when it comes to the pod.
  const spec = parsed.data as unknown as RedisClusterSpec;
  return { spec, problems: [...specProblems(spec), ...unseenDirectives(raw)] };
}

/** The spec with its defaults and the rules that it breaks; or, undefined, what of it cannot be read. */
export interface ParsedSpec {
  readonly spec: RedisClusterSpec | undefined;
  readonly problems: readonly Problem[];
}

function statusOf(raw: unknown): Pick<RedisCluster, 'status' | 'tenureProblem'> {
  if (raw === undefined || raw === null) return {};
  const tenure = readTenure(raw);
  const whole = z.safeParse(statusSchema, raw);
  const status = whole.success ? whole.data : tenureFields(raw);
  return tenure.kind === 'unreadable' ? { status, tenureProblem: describe(tenure) } : { status };
}

/** Kept even where they make no sense: whoever writes the status anew must leave them as they are. */
function tenureFields(raw: unknown): RedisClusterStatus {
  const fields = fieldsOf(raw);
  const present = tenureFieldNames.flatMap((name) =>
    fields[name] === undefined ? [] : [[name, fields[name]] as const],
  );
  return Object.fromEntries(present) as RedisClusterStatus;
}

const describe = ({ problems }: TenureReading & { readonly kind: 'unreadable' }): string =>
  problems.map(({ message }) => message).join('; ');

interface Outcome {
  readonly success: boolean;
  readonly error?: { readonly issues: readonly z.core.$ZodIssue[] };
}

const problemsOf = (root: string, { error }: Outcome, raw: unknown): readonly Problem[] =>
  (error?.issues ?? []).map((issue) => problemOf(root, issue, raw));

type Fields = Readonly<Partial<Record<RawField, unknown>>>;
type RawField = 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status' | (typeof tenureFieldNames)[number];

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
