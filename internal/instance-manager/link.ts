import type { Moment } from '../time/units.ts';
import type { Address } from './decide.ts';
import { isAt } from './decide.ts';
import type { UpstreamAnswer } from './ports.ts';

/**
 * The link to the instance we follow, and how far the proof has come that we are in sync with it.
 * A link that is up proves nothing: with diskless sync a replica can be up and receive nothing for a second.
 * `goal` is an offset that the upstream had after the link came up; once our own has reached it, we are in sync until
 * the link is lost.
 */
export type Link =
  | { readonly kind: 'none' }
  | { readonly kind: 'down'; readonly address: Address }
  | {
      readonly kind: 'up';
      readonly address: Address;
      readonly since: Moment;
      readonly goal: number | undefined;
      readonly inSync: boolean;
      /** Bytes behind the upstream when both were last compared. */
      readonly lagBytes: number | undefined;
      readonly comparedAt: Moment | undefined;
      /** When the last question was sent whose answer was of our own history. */
      readonly agreedAt: Moment | undefined;
    };

export const noLink: Link = { kind: 'none' };

/** What redis-server says about its own end of the link. */
export interface LinkSighting {
  readonly address: Address;
  readonly up: boolean;
  readonly offset: number;
  readonly at: Moment;
}

/** The link after redis-server was looked at. Another link starts its proof anew. */
export function seeLink(before: Link, sighting: LinkSighting): Link {
  const { address, offset } = sighting;
  if (!sighting.up) return { kind: 'down', address };
  if (before.kind !== 'up' || !isAt(before.address, address)) return newLink(sighting);
  if (before.inSync || before.goal === undefined || offset < before.goal) return before;
  return { ...before, inSync: true };
}

/** The link after redis-server has reported its loss; the next sighting that finds it up is of another link. */
export const loseLink = (link: Link): Link =>
  link.kind === 'up' ? { kind: 'down', address: link.address } : link;

function newLink(sighting: LinkSighting): Link {
  return {
    kind: 'up',
    address: sighting.address,
    since: sighting.at,
    goal: undefined,
    inSync: false,
    lagBytes: undefined,
    comparedAt: undefined,
    agreedAt: undefined,
  };
}

/** What the upstream answered when it was asked; offsets are in bytes of the stream. */
export interface Comparison {
  readonly address: Address;
  /** When the question was sent: only an answer to a question asked after the link came up is a goal. */
  readonly askedAt: Moment;
  readonly answeredAt: Moment;
  readonly upstream: Pick<UpstreamAnswer, 'replicationId' | 'offset'>;
  readonly own: { readonly replicationId: string; readonly offset: number };
}

/** The link after its upstream was asked. An answer about another link or another history changes nothing. */
export function compareLink(link: Link, comparison: Comparison): Link {
  const { upstream, own } = comparison;
  if (link.kind !== 'up' || !isAt(link.address, comparison.address)) return link;
  if (comparison.askedAt < link.since || upstream.replicationId !== own.replicationId) return link;
  const goal = link.goal ?? upstream.offset;
  return {
    ...link,
    goal,
    inSync: link.inSync || own.offset >= goal,
    lagBytes: Math.max(0, upstream.offset - own.offset),
    comparedAt: comparison.answeredAt,
    agreedAt: comparison.askedAt,
  };
}
