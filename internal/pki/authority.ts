import { randomBytes, webcrypto } from 'node:crypto';
import { instanceServerName, operatorClientName } from '../../api/v1/names.ts';
import { after, type Duration, hours, type Instant, minutes } from '../time/units.ts';
import { provideReflection } from './reflection.ts';

/** A certificate and the private key that belongs to it, both PEM (the key as PKCS #8). Never logged. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Which cluster a certificate speaks for. */
export interface ClusterName {
  readonly name: string;
  readonly namespace: string;
}

/** Ten years: an authority is private to one cluster, and replacing it asks every instance to learn a new one. */
export const authorityLife: Duration = hours(24 * 3650);
/** Ninety days: what a stolen leaf is worth, against how long an operator may be away without breaking a cluster. */
export const leafLife: Duration = hours(24 * 90);
/** How far a node's clock may lag behind the operator's and still accept a certificate made this moment. */
const clockSkew: Duration = minutes(5);

/** A self-signed authority that may sign leaves only. Its name is unique, so that old and new are told apart in a bundle. */
export async function createAuthority(now: Instant): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const serialNumber = randomSerial();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber,
      name: `CN=redis control authority ${serialNumber.slice(0, 8)}`,
      ...validity(now, authorityLife),
      signingAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: pemOf(certificate), key: await exportKey(keys.privateKey) };
}

/** The leaf that every instance of a cluster serves its control port with, and shows to its peers. */
export async function issueInstance(
  authority: KeyPair,
  cluster: ClusterName,
  now: Instant,
): Promise<KeyPair> {
  const x509 = await loadX509();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const dnsName = instanceServerName(cluster.name, cluster.namespace);
  return await issueLeaf(
    authority,
    { commonName: 'redis instance', dnsName, usages: [serverAuth, clientAuth] },
    now,
  );
}

/** The leaf that the operator shows to the instances of one cluster, and of that one alone. */
export async function issueOperatorClient(
  authority: KeyPair,
  cluster: ClusterName,
  now: Instant,
): Promise<KeyPair> {
  const x509 = await loadX509();
  const dnsName = operatorClientName(cluster.name, cluster.namespace);
  const usages = [x509.ExtendedKeyUsage.clientAuth];
  return await issueLeaf(authority, { commonName: 'redis operator', dnsName, usages }, now);
}

interface LeafRequest {
  /** For people only: at most 64 characters by X.520, which a full name may exceed. Checks read the DNS name. */
  readonly commonName: string;
  readonly dnsName: string;
  readonly usages: string[];
}

async function issueLeaf(authority: KeyPair, request: LeafRequest, now: Instant): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      subject: `CN=${request.commonName}`,
      issuer: issuer.subjectName,
      ...validity(now, leafLife),
      signingAlgorithm,
      publicKey: keys.publicKey,
      signingKey: await importSigningKey(authority.key),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(request.usages),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: request.dnsName }]),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: pemOf(certificate), key: await exportKey(keys.privateKey) };
}

/** Loaded on demand: a certificate is made a few times a year, and the library takes memory as long as it is loaded. */
async function loadX509() {
  provideReflection();
  return await import('@peculiar/x509');
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return await webcrypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})(?!$)/g, '$1\n');
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

const pemOf = (certificate: { toString(format: 'pem'): string }): string =>
  `${certificate.toString('pem')}\n`;

const validity = (now: Instant, life: Duration) => ({
  notBefore: new Date(now - clockSkew),
  notAfter: new Date(after(now, life)),
});

/** 127 random bits as hexadecimal; the first bit stays 0 because a serial number is a positive integer. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
