import { authSecret, controlAuthoritySecret, controlSecret } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { Kube } from '../../kube/kube.ts';
import { type Secret, secrets } from '../../kube/resources.ts';
import type { Logger } from '../../log/logger.ts';
import type { AuthorityMaterial, FoundMaterial, InstanceMaterial } from '../../pki/material.ts';
import { readControlFacts } from '../../pki/read.ts';
import { renew } from '../../pki/renew.ts';
import { decideRenewal, type Renewal } from '../../pki/renewal.ts';
import { type ControlTls, tlsOf } from '../../pki/tls.ts';
import type { Clock } from '../../time/clock.ts';
import type { Instant } from '../../time/units.ts';
import { KnownPasswords, newPassword } from './known-passwords.ts';
import type { Caches, Secrets } from './ports.ts';
import { buildAuthSecret } from './resources/auth-secret.ts';
import { buildAuthoritySecret, buildControlSecret } from './resources/control-secret.ts';

export interface SecretPorts {
  readonly kube: Pick<Kube, 'get' | 'create' | 'apply'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly caches: Pick<Caches, 'of'>;
}

/** The password and the certificates of every cluster. What lies there and is good is kept. */
export class ClusterSecrets implements Secrets {
  readonly #ports: SecretPorts;
  /** Secrets found good, by the versions they had, and until when time alone changes nothing: spares parsing them each tick. */
  readonly #good = new Map<string, { readonly versions: string; readonly until: Instant }>();
  readonly #passwords = new KnownPasswords();

  constructor(ports: SecretPorts) {
    this.#ports = ports;
  }

  async ensure(cluster: RedisCluster, signal: AbortSignal): Promise<void> {
    await Promise.all([this.#ensurePassword(cluster, signal), this.#ensureCertificates(cluster, signal)]);
  }

  /** What the operator shows to the instances, and trusts there; undefined while it is not made yet. */
  controlTls(cluster: RedisCluster): ControlTls | undefined {
    const held = this.#cached(cluster, controlAuthoritySecret(cluster.metadata.name));
    const { authority } = materialIn({ authority: held, instance: undefined });
    return isWhole(authority) ? tlsOf(authority) : undefined;
  }

  forget(gone: { readonly namespace: string; readonly name: string }): void {
    this.#passwords.forget(gone);
  }

  /** Made once: the data of a deleted cluster, and its clients, know the old one. */
  async #ensurePassword(cluster: RedisCluster, signal: AbortSignal): Promise<void> {
    const { name, namespace } = cluster.metadata;
    if (cluster.spec.authSecret !== undefined) return;
    const key = { namespace, name: authSecret(name) };
    const there = this.#cached(cluster, key.name) ?? (await this.#ports.kube.get(secrets, key, signal));
    if (there !== undefined) return this.#passwords.see(cluster, there);
    const known = this.#passwords.of(cluster);
    if (known !== undefined) this.#ports.log.info('the password that was deleted is put back', key);
    await this.#ports.kube.create(secrets, buildAuthSecret(cluster, known ?? newPassword()), signal);
  }

  async #ensureCertificates(cluster: RedisCluster, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid } = cluster.metadata;
    const cached = {
      authority: this.#cached(cluster, controlAuthoritySecret(name)),
      instance: this.#cached(cluster, controlSecret(name)),
    };
    const now = this.#ports.clock.now();
    const good = this.#good.get(uid);
    if (good !== undefined && good.versions === versionsOf(cached) && now < good.until) return;
    const seen = this.#decide(cluster, cached, now);
    if (seen.because.length === 0) {
      this.#good.set(uid, { versions: versionsOf(cached), until: seen.dueAt });
      return;
    }
    // A cache that is behind would have us make a second authority: what is written is decided on what is there now.
    const [authority, instance] = await Promise.all(
      [controlAuthoritySecret(name), controlSecret(name)].map((secret) =>
        this.#ports.kube.get(secrets, { namespace, name: secret }, signal),
      ),
    );
    await this.#renew(cluster, { authority, instance }, signal);
  }

  async #renew(cluster: RedisCluster, live: Pair, signal: AbortSignal): Promise<void> {
    const now = this.#ports.clock.now();
    const renewal = this.#decide(cluster, live, now);
    if (renewal.because.length === 0) return;
    const material = await renew(renewal, materialIn(live), cluster.metadata, now);
    const { name, namespace } = cluster.metadata;
    this.#ports.log.info('renewing certificates', { cluster: name, namespace, because: renewal.because });
    // The authority first: certificates whose authority is lost could never be renewed, only replaced.
    await this.#ports.kube.apply(secrets, buildAuthoritySecret(cluster, material.authority), signal);
    await this.#ports.kube.apply(secrets, buildControlSecret(cluster, material.instance), signal);
  }

  #decide({ metadata }: RedisCluster, pair: Pair, now: Instant): Renewal {
    return decideRenewal(now, readControlFacts(metadata, materialIn(pair)));
  }

  #cached({ metadata }: RedisCluster, name: string): Secret | undefined {
    return this.#ports.caches.of(secrets).get({ namespace: metadata.namespace, name });
  }
}

interface Pair {
  readonly authority: Secret | undefined;
  readonly instance: Secret | undefined;
}

const versionsOf = ({ authority, instance }: Pair): string =>
  `${authority?.metadata.resourceVersion} ${instance?.metadata.resourceVersion}`;

function materialIn({ authority, instance }: Pair): FoundMaterial {
  const texts = (secret: Secret | undefined): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  return {
    authority: texts(authority) as Partial<AuthorityMaterial>,
    instance: texts(instance) as Partial<InstanceMaterial>,
  };
}

const isWhole = (material: Partial<AuthorityMaterial>): material is AuthorityMaterial =>
  material['ca.crt'] !== undefined &&
  material['client.crt'] !== undefined &&
  material['client.key'] !== undefined;
