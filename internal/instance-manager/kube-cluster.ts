import { Annotation } from '../../api/v1/names.ts';
import { describeError } from '../errors.ts';
import { Informer } from '../kube/informer.ts';
import type { Kube } from '../kube/kube.ts';
import type { KubeObject, ObjectKey } from '../kube/objects.ts';
import { redisClusters } from '../kube/resources.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import type { ClusterFacts } from './facts.ts';
import { readOwnSpec, type SpecReading } from './own-spec.ts';
import type { ClusterSource } from './ports.ts';
import { addressesOf, grantOf, isUnreadable, podsOf, tenureOf } from './tenure.ts';
import { fencedPodsIn } from './user-fence.ts';

export interface KubeClusterPorts {
  readonly kube: Pick<Kube, 'get' | 'list' | 'watch'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

type OnSpec = (spec: SpecReading, generation: number) => void;

/** Our own RedisCluster at the API server: the only object an instance may read besides its Secrets. */
export class KubeCluster implements ClusterSource {
  readonly #key: ObjectKey;
  readonly #ports: KubeClusterPorts;
  readonly #onSpec: OnSpec;

  /** `onSpec` hears of every reading of the spec, cached or live. */
  constructor(key: ObjectKey, ports: KubeClusterPorts, onSpec: OnSpec) {
    this.#key = key;
    this.#ports = ports;
    this.#onSpec = onSpec;
  }

  async read(signal: AbortSignal): Promise<ClusterFacts | undefined> {
    const object = await this.#ports.kube.get(redisClusters, this.#key, signal);
    return object === undefined ? undefined : this.#heard(object);
  }

  watch(onChange: (facts: ClusterFacts) => void, signal: AbortSignal): void {
    const { name, namespace } = this.#key;
    const informer = new Informer(
      {
        resource: redisClusters,
        selection: { namespace, fieldSelector: `metadata.name=${name}` },
        onChange: ({ now }) => {
          if (now !== undefined) onChange(this.#heard(now));
        },
      },
      this.#ports,
    );
    informer.run(signal).catch((failure) => {
      this.#ports.log.error('the watch ended', { because: describeError(failure) });
    });
  }

  #heard(object: KubeObject): ClusterFacts {
    const { generation = 0 } = object.metadata;
    this.#onSpec(readOwnSpec((object as { readonly spec?: unknown }).spec), generation);
    return factsIn(object);
  }
}

/** The tenure is read from the raw object: an invalid spec must not keep an instance from its role. */
function factsIn(object: KubeObject): ClusterFacts {
  const { spec, status } = object as { readonly spec?: RawSpec; readonly status?: unknown };
  return {
    resourceVersion: object.metadata.resourceVersion ?? '',
    tenure: tenureOf(status),
    grant: grantOf(status),
    tenureUnreadable: isUnreadable(status),
    addresses: addressesOf(status),
    instances: typeof spec?.instances === 'number' ? spec.instances : 1,
    pods: podsOf(status),
    minSyncReplicas: typeof spec?.minSyncReplicas === 'number' ? spec.minSyncReplicas : 0,
    silenceSeconds: silenceIn(spec?.failover),
    fencedPods: fencedPodsIn(object.metadata.annotations?.[Annotation.fencedInstances]),
  };
}

/** What the schema gives when nothing is said. */
const defaultSilence = 3;

function silenceIn(failover: unknown): number {
  const { silenceSeconds } = typeof failover === 'object' && failover !== null ? (failover as Failover) : {};
  return typeof silenceSeconds === 'number' && silenceSeconds >= 1 ? silenceSeconds : defaultSilence;
}

interface Failover {
  readonly silenceSeconds?: unknown;
}

interface RawSpec {
  readonly failover?: unknown;
  readonly instances?: unknown;
  readonly minSyncReplicas?: unknown;
}
