import type { Facts } from '../facts.ts';
import type { LeftProcess } from '../ports.ts';
import { inheritanceShape } from './inheritance-shape.ts';

/**
 * What a manager leaves to the one that takes its place in the same process: all that cannot be found out anew, or not
 * without a moment in which a primary takes no writes. Nothing secret is among it.
 */
export interface Inheritance {
  /** The process that both are: an inheritance that lies there from an earlier one is nobody's. */
  readonly manager: ProcessMark;
  readonly server: LeftProcess & ProcessMark;
  /** The redis.conf that redis-server was started on, without secrets. */
  readonly startedOn: string;
  /** The spec that it has taken last, as `formatSpec` writes it. */
  readonly accepted: string;
  readonly facts: InheritedFacts;
}

/** Tells one process from every other that has had its pid since the machine started. */
export interface ProcessMark {
  readonly pid: number;
  readonly startedTicks: number;
}

/**
 * Moments among them hold on: they are counted from when the machine started. What is not here is found out anew, such as
 * the record on the volume; until it is, it is as at boot.
 */
export type InheritedFacts = Pick<
  Facts,
  | 'process'
  | 'redis'
  | 'cluster'
  | 'proof'
  | 'promiseAsked'
  | 'adoptedAt'
  | 'release'
  | 'recalled'
  | 'foundOnVolume'
  | 'link'
  | 'heard'
  | 'lastOffset'
  | 'finalWords'
  | 'aside'
  | 'divergent'
  | 'settingsRefused'
  | 'settingsSetAt'
  | 'pendingRestart'
>;

/** Whoever writes another form than the ones that the next manager reads is not replaced by it. */
export const inheritanceFormat = 1;
export const readableFormats: readonly number[] = [inheritanceFormat];

/** What of the facts is left to the next manager. */
export const inheritedFacts = (facts: Facts): InheritedFacts => ({
  process: facts.process,
  redis: facts.redis,
  cluster: facts.cluster,
  proof: facts.proof,
  promiseAsked: facts.promiseAsked,
  adoptedAt: facts.adoptedAt,
  release: facts.release,
  recalled: facts.recalled,
  foundOnVolume: facts.foundOnVolume,
  link: facts.link,
  heard: facts.heard,
  lastOffset: facts.lastOffset,
  finalWords: facts.finalWords,
  aside: facts.aside,
  divergent: facts.divergent,
  settingsRefused: facts.settingsRefused,
  settingsSetAt: facts.settingsSetAt,
  pendingRestart: facts.pendingRestart,
});

export const formatInheritance = (inheritance: Inheritance): string => {
  const { cluster } = inheritance.facts;
  const addresses = [...(cluster?.addresses ?? [])];
  const facts = { ...inheritance.facts, ...(cluster && { cluster: { ...cluster, addresses } }) };
  return `${JSON.stringify({ format: inheritanceFormat, ...inheritance, facts })}\n`;
};

/** Reads what `formatInheritance` wrote; undefined for anything else. */
export function parseInheritance(written: string): Inheritance | undefined {
  const found = valueIn(written);
  if (!inheritanceShape(found)) return undefined;
  // The shape has been looked at field by field.
  const { format, ...inheritance } = found as Written;
  if (!readableFormats.includes(format)) return undefined;
  const { cluster } = inheritance.facts;
  if (cluster === undefined) return inheritance;
  const addresses = new Map(cluster.addresses);
  return { ...inheritance, facts: { ...inheritance.facts, cluster: { ...cluster, addresses } } };
}

type Written = Inheritance & { readonly format: number };

function valueIn(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
