import { invariant } from '../errors.ts';
import type { Instant } from '../time/units.ts';
import {
  type ClusterName,
  createAuthority,
  issueInstance,
  issueOperatorClient,
  type KeyPair,
} from './authority.ts';
import type { LeafName } from './facts.ts';
import type { ControlMaterial, FoundMaterial } from './material.ts';
import { ownAuthority, trustedByFingerprint } from './read.ts';
import type { Renewal } from './renewal.ts';

/** Makes what `renewal` asks for and keeps the rest of what was found. Writes nothing. */
export async function renew(
  renewal: Renewal,
  found: FoundMaterial,
  cluster: ClusterName,
  now: Instant,
): Promise<ControlMaterial> {
  const authority = renewal.newAuthority ? await createAuthority(now) : heldAuthority(found);
  const bundle = bundleOf(renewal, found, authority);
  const { instance, operator } = await leavesOf(renewal, found, (leaf) =>
    issuers[leaf](authority, cluster, now),
  );
  return {
    instance: { 'tls.crt': instance.certificate, 'tls.key': instance.key, 'ca.crt': bundle },
    authority: {
      'ca.crt': bundle,
      'ca.key': authority.key,
      'client.crt': operator.certificate,
      'client.key': operator.key,
    },
  };
}

const issuers = { instance: issueInstance, operator: issueOperatorClient } as const;

async function leavesOf(
  renewal: Renewal,
  found: FoundMaterial,
  issue: (leaf: LeafName) => Promise<KeyPair>,
): Promise<Record<LeafName, KeyPair>> {
  const { instance, authority } = found;
  const renewed = (leaf: LeafName): boolean => renewal.issue.includes(leaf);
  return {
    instance: renewed('instance') ? await issue('instance') : held(instance['tls.crt'], instance['tls.key']),
    operator: renewed('operator')
      ? await issue('operator')
      : held(authority['client.crt'], authority['client.key']),
  };
}

/** The authority first, then the others in the order of the decision. */
function bundleOf(renewal: Renewal, found: FoundMaterial, authority: KeyPair): string {
  const known = trustedByFingerprint(found);
  const kept = renewal.trust.flatMap((fingerprint) => known.get(fingerprint) ?? []);
  return (renewal.newAuthority ? [authority.certificate, ...kept] : kept).join('');
}

const heldAuthority = (found: FoundMaterial): KeyPair =>
  held(ownAuthority(found)?.toString(), found.authority['ca.key']);

function held(certificate: string | undefined, key: string | undefined): KeyPair {
  invariant(certificate !== undefined && key !== undefined, 'what cannot be read is made anew');
  return { certificate, key };
}
