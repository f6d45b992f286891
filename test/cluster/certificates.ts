import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { provideReflection } from '../../internal/pki/reflection.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { after, hours } from '../../internal/time/units.ts';
import { type ClusterPlan, certificateFile, controlProgramKubeconfig, keyFile } from './plan.ts';

provideReflection();
const x509 = await import('@peculiar/x509');

/** Somebody who proves to be who they are by a certificate: to Kubernetes the organization is the group. */
interface Identity {
  readonly commonName: string;
  readonly organization?: string;
  readonly addresses?: readonly string[];
  readonly hostNames?: readonly string[];
}

interface Authority {
  readonly certificate: Pem;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;
type Pem = string;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const validity = hours(24 * 365 * 10);

/** Writes the cluster's certificates and the kubeconfig of everybody who talks to its API server. */
export async function writeCredentials(plan: ClusterPlan): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const authority = await createAuthority();
  write(certificateFile(plan, 'ca'), authority.certificate);
  writeServiceAccountKeys(plan);
  for (const [file, identity] of Object.entries(certificates(plan))) {
    const { certificate, key } = await issue(identity, authority);
    write(certificateFile(plan, file), certificate);
    write(keyFile(plan, file), key);
  }
  for (const [file, identity] of Object.entries(clients(plan))) {
    write(file, kubeconfig(plan.server, authority.certificate, await issue(identity, authority)));
  }
}

function certificates(plan: ClusterPlan): Readonly<Record<string, Identity>> {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return {
    'kube-apiserver': {
      commonName: 'kube-apiserver',
      addresses: [plan.controlAddress, plan.apiService, '127.0.0.1'],
      hostNames: ['localhost', ...service],
    },
    'kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
    ...Object.fromEntries(
      plan.nodes.map((node) => [
        node.name,
        { commonName: node.name, addresses: [node.address], hostNames: [node.name] },
      ]),
    ),
  };
}

function clients(plan: ClusterPlan): Readonly<Record<string, Identity>> {
  const programs = ['kube-controller-manager', 'kube-scheduler', 'kube-proxy'];
  return {
    [plan.kubeconfig]: { commonName: 'kubernetes-admin', organization: 'system:masters' },
    ...Object.fromEntries(
      programs.map((name) => [controlProgramKubeconfig(plan, name), { commonName: `system:${name}` }]),
    ),
    ...Object.fromEntries(
      plan.nodes.map((node) => [
        controlProgramKubeconfig(plan, node.name),
        { commonName: `system:node:${node.name}`, organization: 'system:nodes' },
      ]),
    ),
  };
}

function writeServiceAccountKeys(plan: ClusterPlan): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  write(keyFile(plan, 'service-accounts'), privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  write(
    `${keyFile(plan, 'service-accounts')}.public`,
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  );
}

async function createAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...lifetime(),
    name: 'CN=test-cluster',
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), keys };
}

async function issue(
  identity: Identity,
  authority: Authority,
): Promise<{ readonly certificate: Pem; readonly key: Pem }> {
  const keys = await newKeys();
  const { commonName, organization, addresses = [], hostNames = [] } = identity;
  const names = [
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
    ...hostNames.map((value) => ({ type: 'dns' as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    ...lifetime(),
    subject: [...(organization === undefined ? [] : [{ O: [organization] }]), { CN: [commonName] }],
    issuer: 'CN=test-cluster',
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

const newKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

function lifetime(): { readonly serialNumber: string; readonly notBefore: Date; readonly notAfter: Date } {
  const now = systemClock.now();
  return {
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    notBefore: new Date(now - hours(1)),
    notAfter: new Date(after(now, validity)),
  };
}

/** JSON is YAML too. */
function kubeconfig(
  server: string,
  authority: Pem,
  own: { readonly certificate: Pem; readonly key: Pem },
): string {
  const base64 = (text: Pem): string => Buffer.from(text).toString('base64');
  const name = 'test-cluster';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': base64(own.certificate), 'client-key-data': base64(own.key) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  return JSON.stringify(config, undefined, 2);
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
}
