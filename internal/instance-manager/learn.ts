import { type Moment, moment } from '../time/units.ts';
import type { ClusterFacts, Confirmation, Facts } from './facts.ts';
import { laterProof, type Proof } from './lease.ts';
import { isOlder } from './resource-version.ts';
import { isSameTenure } from './tenure.ts';

/**
 * What is known once the RedisCluster was heard of, from wherever. Proofs are of the tenure as it was known: when that
 * changes they are void, a fence that is lifted included. A tenure that is lost or older says nothing new of the term
 * that was proved: the proof runs out, and there is no other.
 */
export function hearCluster(
  { cluster: known, proof }: Facts,
  heard: ClusterFacts,
): Pick<Facts, 'cluster' | 'proof'> {
  const cluster = newerOf(known, heard);
  const { tenure } = cluster;
  const isOld = tenure === undefined || (proof !== undefined && tenure.term < proof.term);
  return { cluster, proof: isOld || isSameTenure(known?.tenure, tenure) ? proof : undefined };
}

/**
 * What is known once the watch has brought the RedisCluster. That it comes now proves nothing, for it may be old; a grant
 * that it brings counts from the moment of our own clock that it echoes, as one that comes with a command. Whoever was
 * appointed need wait for no command so.
 */
export function hearWatched(
  facts: Facts,
  heard: ClusterFacts,
  { self, now }: { readonly self: string; readonly now: Moment },
): Partial<Facts> {
  const { tenure, grant } = heard;
  const isOurs = tenure?.run !== undefined && tenure.run === facts.process.run;
  // The clock of another machine, or of this one before it was started again, is not ours.
  const isGranted = isOurs && grant?.term === tenure.term && grant.asOf <= now;
  return isGranted
    ? takeReading(facts, self, { kind: 'grant', at: moment(grant.asOf), cluster: heard })
    : hearCluster(facts, heard);
}

/**
 * The newer of two readings of the same object. Within one API server's life resourceVersions are numbers that grow;
 * when they are not, the one that came later is taken: whatever makes an instance writable is read live anyway.
 */
export function newerOf(known: ClusterFacts | undefined, heard: ClusterFacts): ClusterFacts {
  return known !== undefined && isOlder(heard.resourceVersion, known.resourceVersion) ? known : heard;
}

/** A live reading of the RedisCluster. */
export interface Reading {
  readonly kind: 'read' | 'relay' | 'grant';
  /** When it was asked for. */
  readonly at: Moment;
  /** Undefined when there is no such object. */
  readonly cluster: ClusterFacts | undefined;
}

/** What is known after a live reading. It is a proof for `self` if it names it, unfenced, and nothing newer is known. */
export function takeReading(
  facts: Facts,
  self: string,
  { kind, at, cluster: read }: Reading,
): Pick<Facts, 'cluster' | 'proof' | 'confirmed'> {
  const confirmed = { tenure: read?.tenure, resourceVersion: read?.resourceVersion ?? '', at };
  // As with the watch: what was known of an object that is gone stays, and nothing proves it any more.
  if (read === undefined) return { cluster: facts.cluster, proof: facts.proof, confirmed };
  const heard = hearCluster(facts, read);
  const tenure = read === heard.cluster ? read.tenure : undefined;
  const proves = tenure !== undefined && tenure.primary === self && !tenure.fenced;
  const proof: Proof | undefined = proves
    ? laterProof(heard.proof, { kind, term: tenure.term, at })
    : heard.proof;
  return { ...heard, proof, confirmed: laterConfirmation(facts.confirmed, confirmed) };
}

const laterConfirmation = (known: Confirmation | undefined, heard: Confirmation): Confirmation =>
  known !== undefined && known.at > heard.at ? known : heard;
