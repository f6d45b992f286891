import { readFile } from 'node:fs/promises';
import { authSecret } from '../../../../api/v1/names.ts';
import { describeError, OperatorError } from '../../../errors.ts';
import { isMissing } from '../../../instance-manager/durable-file.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import { KubeCluster, type KubeClusterPorts } from '../../../instance-manager/kube-cluster.ts';
import type { OwnSpec, SpecReading } from '../../../instance-manager/own-spec.ts';
import { type PasswordReading, readPassword, unusable } from '../../../instance-manager/passwords/read.ts';
import { staleDataWanted } from '../../../instance-manager/redis/config.ts';
import { formatSpec } from '../../../instance-manager/settings/accepted.ts';
import type { ObjectKey } from '../../../kube/objects.ts';
import { secrets } from '../../../kube/resources.ts';
import { seconds } from '../../../time/units.ts';
import { type Layout, passwordFile } from './layout.ts';

export interface SpecPorts extends KubeClusterPorts {
  readonly key: ObjectKey;
  readonly layout: Layout;
  /** What a redis-server that is there already has taken: whose password it is asked with before a spec was read. */
  readonly taken: OwnSpec | undefined;
}

const readLimit = seconds(5);
const retryEvery = seconds(1);

/** The newest spec of our RedisCluster, and the file of the password that goes with it. */
export class Spec {
  readonly source: KubeCluster;
  readonly #ports: SpecPorts;
  readonly #listeners = new Set<() => void>();
  #spec: OwnSpec | undefined;
  #generation = 0;

  constructor(ports: SpecPorts, cell: FactsCell) {
    this.#ports = ports;
    this.source = new KubeCluster(ports.key, ports, (reading, generation) => {
      this.#hear(reading, generation, cell);
    });
  }

  /** What replica-serve-stale-data shall be while this instance follows another. */
  get staleDataWanted(): string {
    return staleDataWanted(this.#spec?.directives ?? {});
  }

  /** The newest that could be used; undefined before one was read. */
  get current(): OwnSpec | undefined {
    return this.#spec;
  }

  /** The newest generation of the RedisCluster that says the same; 0 before one was read. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `listener` whenever there is another spec, or another generation of the same, from now on; returns the function that ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once a spec could be read: redis-server cannot be started before. Rejects when `signal` aborts first. */
  async newest(signal: AbortSignal): Promise<OwnSpec> {
    const { clock, log } = this.#ports;
    for (;;) {
      if (this.#spec !== undefined) return this.#spec;
      if (signal.aborted) throw new OperatorError({ code: 'stopping' } as const, 'told to stop');
      try {
        const found = await this.source.read(clock.deadline(readLimit, signal));
        if (found === undefined) log.warn('there is no RedisCluster of our name yet');
      } catch (failure) {
        log.warn('the RedisCluster cannot be read', { because: describeError(failure) });
      }
      if (this.#spec === undefined) await clock.sleep(retryEvery, signal);
    }
  }

  /** Read from its file each time: the kubelet replaces it when the Secret changes. Never rejects. */
  async password(): Promise<PasswordReading> {
    const { layout, key, taken } = this.#ports;
    const spec = this.#spec ?? taken;
    if (spec === undefined) return unusable('which Secret it is in is not known yet');
    const path = passwordFile(layout, key.name, spec.authSecret);
    return await readFile(path).then(readPassword, (failure) =>
      isMissing(failure)
        ? { kind: 'absent', because: `there is no ${path}` }
        : unusable(describeError(failure)),
    );
  }

  /** The same from the Secret itself, which this instance may read too. Never rejects. */
  async livePassword(signal: AbortSignal): Promise<PasswordReading> {
    const { kube, key } = this.#ports;
    const name = this.#spec?.authSecret ?? authSecret(key.name);
    try {
      const found = await kube.get(secrets, { namespace: key.namespace, name }, signal);
      return found === undefined
        ? unusable(`there is no Secret ${name}`)
        : readPassword(Buffer.from(found.data?.['password'] ?? '', 'base64'));
    } catch (failure) {
      return unusable(describeError(failure));
    }
  }

  #hear(reading: SpecReading, generation: number, cell: FactsCell): void {
    const problem = reading.kind === 'refused' ? reading.problem : undefined;
    if (cell.current.configError !== problem) cell.change({ configError: problem });
    if (reading.kind !== 'read') return;
    const isKnown = isSame(reading.spec, this.#spec);
    if (isKnown && generation === this.#generation) return;
    if (!isKnown) this.#spec = reading.spec;
    this.#generation = generation;
    for (const listener of this.#listeners) listener();
  }
}

const isSame = (spec: OwnSpec, known: OwnSpec | undefined): boolean =>
  known !== undefined && formatSpec(spec) === formatSpec(known);
