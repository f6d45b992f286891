import type { Instant } from '../time/units.ts';

/** What a decision needs to know about one certificate; no keys. */
export interface CertificateFacts {
  /** SHA-256 over the DER encoding, hexadecimal: the identity of a certificate. */
  readonly fingerprint: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly dnsNames: readonly string[];
}

/** A leaf whose private key is at hand and belongs to it. */
export interface LeafFacts extends CertificateFacts {
  /** The fingerprint of the authority whose signature it carries, if that is trusted by both sides or either. */
  readonly issuer: string | undefined;
}

/** The two leaves of a cluster: the one its instances share, and the operator's own. */
export type LeafName = 'instance' | 'operator';

/** Everything both control Secrets of a cluster hold, as far as it can be read. What cannot is as good as missing. */
export interface ControlFacts {
  /** The authority whose private key we hold; undefined when there is none that fits its certificate. */
  readonly authority: CertificateFacts | undefined;
  /** What the operator accepts instances by: the bundle in the authority Secret. */
  readonly operatorTrusts: readonly CertificateFacts[];
  /** What instances accept the operator and each other by: the bundle in the control Secret. */
  readonly instancesTrust: readonly CertificateFacts[];
  readonly leaves: Readonly<Record<LeafName, LeafFacts | undefined>>;
  /** The DNS name that each leaf has to carry. */
  readonly names: Readonly<Record<LeafName, string>>;
}
