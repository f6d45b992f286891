import type { X509Certificate } from 'node:crypto';
import { instanceServerName, operatorClientName } from '../../api/v1/names.ts';
import type { ClusterName } from './authority.ts';
import { factsOf, fingerprintOf, keyFits, leafFacts, parseBundle } from './certificates.ts';
import type { ControlFacts } from './facts.ts';
import type { FoundMaterial } from './material.ts';

/** Reads what the control Secrets hold into what decideRenewal wants to know. Never throws: rubbish is missing. */
export function readControlFacts(cluster: ClusterName, found: FoundMaterial): ControlFacts {
  const { instance, authority } = found;
  const operatorTrusts = parseBundle(authority['ca.crt'] ?? '');
  const instancesTrust = parseBundle(instance['ca.crt'] ?? '');
  const everybody = [...operatorTrusts, ...instancesTrust];
  const own = ownAuthority(found);
  return {
    authority: own === undefined ? undefined : factsOf(own),
    operatorTrusts: operatorTrusts.map(factsOf),
    instancesTrust: instancesTrust.map(factsOf),
    leaves: {
      instance: leafFacts(instance['tls.crt'] ?? '', instance['tls.key'] ?? '', everybody),
      operator: leafFacts(authority['client.crt'] ?? '', authority['client.key'] ?? '', everybody),
    },
    names: {
      instance: instanceServerName(cluster.name, cluster.namespace),
      operator: operatorClientName(cluster.name, cluster.namespace),
    },
  };
}

/** The certificate of the authority whose key is at hand, wherever in its bundle it stands. */
export const ownAuthority = ({ authority }: FoundMaterial): X509Certificate | undefined =>
  parseBundle(authority['ca.crt'] ?? '').find((one) => one.ca && keyFits(one, authority['ca.key'] ?? ''));

/** PEM of every certificate that either side trusts now, by fingerprint. */
export function trustedByFingerprint({ instance, authority }: FoundMaterial): ReadonlyMap<string, string> {
  const both = [authority['ca.crt'] ?? '', instance['ca.crt'] ?? ''].flatMap(parseBundle);
  return new Map(both.map((one) => [fingerprintOf(one), one.toString()]));
}
