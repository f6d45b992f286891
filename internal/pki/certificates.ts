import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Instant, instant } from '../time/units.ts';
import type { CertificateFacts, LeafFacts } from './facts.ts';

/** The certificates of a PEM bundle in their order; parts that cannot be read are left out. */
export function parseBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => parseCertificate(block) ?? []);
}

/** What a certificate says, read from PEM; undefined when it is none. */
export function certificateFacts(pem: string): CertificateFacts | undefined {
  const [certificate] = parseBundle(pem);
  return certificate === undefined ? undefined : factsOf(certificate);
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    fingerprint: fingerprintOf(certificate),
    notBefore: timeOf(certificate.validFromDate),
    notAfter: timeOf(certificate.validToDate),
    dnsNames: dnsNamesOf(certificate),
  };
}

/** What a leaf says, and which of `authorities` signed it; undefined unless `keyPem` is its own private key. */
export function leafFacts(
  certificatePem: string,
  keyPem: string,
  authorities: readonly X509Certificate[],
): LeafFacts | undefined {
  const [certificate] = parseBundle(certificatePem);
  if (certificate === undefined || !keyFits(certificate, keyPem)) return undefined;
  const issuer = authorities.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  return { ...factsOf(certificate), issuer: issuer === undefined ? undefined : fingerprintOf(issuer) };
}

/** Whether `keyPem` can be read and is the private key of `certificate`. */
export function keyFits(certificate: X509Certificate, keyPem: string): boolean {
  const key = parseKey(keyPem);
  return key !== undefined && certificate.checkPrivateKey(key);
}

export const fingerprintOf = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(':', '').toLowerCase();

const timeOf = (date: Date): Instant => instant(date.getTime());

function dnsNamesOf(certificate: X509Certificate): readonly string[] {
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []));
}

/** Node says only that a text is no certificate or key by throwing, and such a text is data here: somebody's edit. */
function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
