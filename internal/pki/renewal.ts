import { after, type Duration, hours, type Instant, instant } from '../time/units.ts';
import type { CertificateFacts, ControlFacts, LeafName } from './facts.ts';

/**
 * How long after a change every instance has surely read it: the kubelet refreshes a projected Secret within about
 * 90 s, a node that was cut off does when it is back. It must stay far below a third of a leaf's life (30 days).
 */
export const settling: Duration = hours(24);
/** A bundle never grows beyond this, whatever was left in it: each rotation adds one, and takes the old one away. */
export const maxTrusted = 4;

/** What to change in the control Secrets of one cluster, all of it at once. */
export interface Renewal {
  /** Make a new authority, and trust it from now on; it signs only the leaves in `issue` until it has settled. */
  readonly newAuthority: boolean;
  /** Fingerprints of the certificates, of those known now, that both sides trust from now on. */
  readonly trust: readonly string[];
  /** Leaves to make anew, signed by the newest authority. */
  readonly issue: readonly LeafName[];
  /** Why, in words, for the log and the event; empty when nothing is to be changed. */
  readonly because: readonly string[];
  /** When time alone will ask for the next change. */
  readonly dueAt: Instant;
}

/**
 * Decides what both control Secrets need now. Operator and instances trust each other throughout, because a new
 * authority is first only trusted (beside the old one), a day later signs the leaves, and another day later the old
 * one is forgotten. Only a leaf that nobody could use anyway is replaced without waiting.
 */
export function decideRenewal(now: Instant, facts: ControlFacts): Renewal {
  const authorityTrouble = troubleWithAuthority(now, facts.authority);
  const current = authorityTrouble === undefined ? facts : { ...facts, authority: undefined };
  const trusted = trustedSet(now, current);
  const issue = leafNames.flatMap((name) => {
    const because = reasonToIssue(now, name, current, trusted);
    return because === undefined ? [] : [{ name, because }];
  });
  const forgetAt = forgetOthersAt(current);
  const trust = forgetAt !== undefined && now >= forgetAt ? trusted.slice(0, 1) : trusted;
  return {
    newAuthority: authorityTrouble !== undefined,
    trust: trust.map((certificate) => certificate.fingerprint),
    issue: issue.map((leaf) => leaf.name),
    because: [authorityTrouble, ...issue.map((leaf) => leaf.because), reasonToTrust(facts, trust)].filter(
      (reason) => reason !== undefined,
    ),
    dueAt: nextChange(now, current),
  };
}

const leafNames = ['instance', 'operator'] as const;

/** Two thirds of a certificate's life: time enough is left for many failed attempts. */
export const renewAt = (certificate: CertificateFacts): Instant =>
  instant(certificate.notBefore + ((certificate.notAfter - certificate.notBefore) * 2) / 3);

function troubleWithAuthority(now: Instant, authority: CertificateFacts | undefined): string | undefined {
  if (authority === undefined) return 'there is no authority whose key can be read';
  if (now >= renewAt(authority)) return 'the authority has lived two thirds of its life';
  return undefined;
}

/** Ours first, then those that signed the present leaves, then the youngest: what is cut off at the end matters least. */
function trustedSet(now: Instant, facts: ControlFacts): readonly CertificateFacts[] {
  const known = new Map(
    [...facts.operatorTrusts, ...facts.instancesTrust].map((one) => [one.fingerprint, one] as const),
  );
  const issuers = leafNames.map((name) => facts.leaves[name]?.issuer);
  const rank = (one: CertificateFacts): number => {
    if (one.fingerprint === facts.authority?.fingerprint) return 0;
    return issuers.includes(one.fingerprint) ? 1 : 2;
  };
  return [...known.values()]
    .filter((one) => now < one.notAfter)
    .sort(
      (a, b) => rank(a) - rank(b) || b.notBefore - a.notBefore || (a.fingerprint < b.fingerprint ? -1 : 1),
    )
    .slice(0, maxTrusted);
}

function reasonToIssue(
  now: Instant,
  name: LeafName,
  facts: ControlFacts,
  trusted: readonly CertificateFacts[],
): string | undefined {
  const trouble = troubleWithLeaf(now, name, facts, trusted) ?? leafIsDue(now, name, facts);
  return trouble === undefined ? undefined : `the certificate of the ${name} ${trouble}`;
}

/** Why nobody could use this leaf as it is. */
function troubleWithLeaf(
  now: Instant,
  name: LeafName,
  facts: ControlFacts,
  trusted: readonly CertificateFacts[],
): string | undefined {
  const leaf = facts.leaves[name];
  if (leaf === undefined) return 'is missing or cannot be read';
  if (now >= leaf.notAfter) return 'has expired';
  if (!leaf.dnsNames.includes(facts.names[name])) return `is not made out to ${facts.names[name]}`;
  if (!trusted.some((one) => one.fingerprint === leaf.issuer)) return 'was signed by nobody who is trusted';
  return undefined;
}

/** Why a leaf that still works is to be replaced, which waits until the authority that will sign it has settled. */
function leafIsDue(now: Instant, name: LeafName, facts: ControlFacts): string | undefined {
  const leaf = facts.leaves[name];
  if (leaf === undefined || facts.authority === undefined || now < settledAt(facts.authority))
    return undefined;
  if (now >= renewAt(leaf)) return 'has lived two thirds of its life';
  return leaf.issuer === facts.authority.fingerprint ? undefined : 'was signed by the former authority';
}

/** The others may be forgotten once nothing they signed has been in use for as long as a change takes to settle. */
function forgetOthersAt(facts: ControlFacts): Instant | undefined {
  const leaves = leafNames.map((name) => facts.leaves[name]);
  const settled = leaves.map((leaf) =>
    leaf === undefined || facts.authority === undefined || leaf.issuer !== facts.authority.fingerprint
      ? undefined
      : settledAt(leaf),
  );
  return settled.reduce((latest, at) =>
    latest === undefined || at === undefined ? undefined : instant(Math.max(latest, at)),
  );
}

const settledAt = (certificate: CertificateFacts): Instant => after(certificate.notBefore, settling);

function reasonToTrust(facts: ControlFacts, trust: readonly CertificateFacts[]): string | undefined {
  const wanted = fingerprints(trust);
  const sides = [fingerprints(facts.operatorTrusts), fingerprints(facts.instancesTrust)];
  if (sides.every((side) => side === wanted)) return undefined;
  if (sides[0] !== sides[1]) return 'operator and instances do not trust the same authorities';
  return 'an authority that signs no more is forgotten';
}

const fingerprints = (certificates: readonly CertificateFacts[]): string =>
  certificates
    .map((one) => one.fingerprint)
    .sort()
    .join();

/** The earliest of the times at which one of the rules above changes its answer, were nothing to happen before. */
function nextChange(now: Instant, facts: ControlFacts): Instant {
  const leaves = leafNames.flatMap((name) => facts.leaves[name] ?? []);
  const authorities = facts.authority === undefined ? [] : [facts.authority];
  const times = [
    ...[...authorities, ...leaves].map(renewAt),
    ...authorities.map(settledAt),
    ...leaves.map(settledAt),
    ...[...leaves, ...facts.operatorTrusts, ...facts.instancesTrust].map((one) => one.notAfter),
  ];
  return instant(Math.min(...times.filter((at) => at > now)));
}
