import type { PeerAnswer, PeerMembers } from '../../control/protocol.ts';
import type { Tenure } from '../tenure.ts';

/** Reads what a peer answered; throws when it is no answer: what cannot be read proves nothing. */
export function parsePeerAnswer(text: string): PeerAnswer {
  const { pod, term, members: known, reading } = fieldsOf(JSON.parse(text));
  const { kind, resourceVersion, tenure } = fieldsOf(reading);
  if (typeof pod !== 'string' || !isCount(term))
    throw new Error('a peer answered without its pod or its term');
  const members = known === undefined ? undefined : membersIn(known);
  if (kind === 'unreachable') return { pod, term, members, reading: { kind } };
  if (kind !== 'read' || typeof resourceVersion !== 'string')
    throw new Error('a peer answered without a reading');
  return { pod, term, members, reading: { kind, resourceVersion, tenure: tenureIn(tenure) } };
}

function membersIn(value: unknown): PeerMembers {
  const { instances, pods } = fieldsOf(value);
  if (!isCount(instances) || !Array.isArray(pods) || !pods.every((pod) => typeof pod === 'string')) {
    throw new Error('a peer answered with members that are none');
  }
  return { instances, pods };
}

function tenureIn(value: unknown): Tenure | null {
  if (value === null) return null;
  const { term, primary, fenced, run } = fieldsOf(value);
  if (!isCount(term) || typeof primary !== 'string' || typeof fenced !== 'boolean' || !isName(run)) {
    throw new Error('a peer answered with a tenure that is none');
  }
  return { term, primary, fenced, ...(run === undefined ? {} : { run }) };
}

const isName = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

interface Fields {
  readonly pod?: unknown;
  readonly term?: unknown;
  readonly members?: unknown;
  readonly instances?: unknown;
  readonly pods?: unknown;
  readonly reading?: unknown;
  readonly kind?: unknown;
  readonly resourceVersion?: unknown;
  readonly tenure?: unknown;
  readonly primary?: unknown;
  readonly fenced?: unknown;
  readonly run?: unknown;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value : {});
