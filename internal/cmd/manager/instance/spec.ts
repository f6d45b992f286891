import { readFile } from 'node:fs/promises';
import { authSecret, Path } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import { describeError } from '../../../errors.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import {
  KubeCluster,
  type KubeClusterPorts,
  type SpecReading,
} from '../../../instance-manager/kube-cluster.ts';
import type { ObjectKey } from '../../../kube/objects.ts';
import { seconds } from '../../../time/units.ts';

export interface SpecPorts extends KubeClusterPorts {
  readonly key: ObjectKey;
}

const retryEvery = seconds(1);

/** The newest spec of our RedisCluster, and the password that goes with it. */
export class Spec {
  readonly source: KubeCluster;
  readonly #ports: SpecPorts;
  #cluster: RedisCluster | undefined;

  constructor(ports: SpecPorts, cell: FactsCell) {
    this.#ports = ports;
    this.source = new KubeCluster(ports.key, ports, (reading) => this.#hear(reading, cell));
  }

  /** Resolves once a spec could be read; redis-server cannot be started before. */
  async cluster(): Promise<RedisCluster> {
    while (this.#cluster === undefined) {
      const { clock, log } = this.#ports;
      try {
        await this.source.read(clock.deadline(seconds(5)));
      } catch (failure) {
        log.warn('the RedisCluster cannot be read', { because: describeError(failure) });
      }
      if (this.#cluster === undefined) await clock.sleep(retryEvery);
    }
    return this.#cluster;
  }

  /** Read from its file each time: the kubelet replaces it when the Secret changes. */
  async password(): Promise<string> {
    const { spec, metadata } = await this.cluster();
    const secret = spec.authSecret?.name ?? authSecret(metadata.name);
    return (await readFile(`${Path.projected}/${secret}/password`, 'utf8')).trim();
  }

  #hear(reading: SpecReading, cell: FactsCell): void {
    if (reading.kind === 'read') this.#cluster = reading.cluster;
    const problem = reading.kind === 'refused' ? reading.problem : undefined;
    if (cell.current.configError !== problem) cell.change({ configError: problem });
  }
}
