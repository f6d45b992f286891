import type { X509Certificate } from 'node:crypto';

/** Who may ask for what, by the DNS name in a certificate that TLS has already verified. */
export interface Callers {
  readonly operatorName: string;
  readonly peerName: string;
}

/** `peer` is another instance of the same cluster. */
export type Caller = 'operator' | 'peer' | 'stranger';

/** The certificate's alternative names alone count, and only as a whole: neither its subject nor a wildcard. */
export function callerOf(certificate: X509Certificate | undefined, callers: Callers): Caller {
  const carries = (name: string): boolean =>
    certificate?.checkHost(name, { subject: 'never', wildcards: false, partialWildcards: false }) === name;
  if (carries(callers.operatorName)) return 'operator';
  return carries(callers.peerName) ? 'peer' : 'stranger';
}
