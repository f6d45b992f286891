import { apiVersion, fieldManager } from '../../../api/v1/names.ts';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { describeError } from '../../errors.ts';
import type { Kube } from '../../kube/kube.ts';
import { type Event, events } from '../../kube/resources.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
import { toRfc3339 } from '../../time/units.ts';
import type { Events, Happening } from './ports.ts';
import { bounded } from './status/bounded.ts';

export interface RecorderPorts {
  readonly kube: Pick<Kube, 'create'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to 1: makes the names of events differ. */
  readonly random: () => number;
}

/** More than that at once means that the API server is away: news is dropped before memory is. */
const mostInFlight = 100;

/** Writes Kubernetes Events, one for each happening. An Event that cannot be written is logged and given up. */
export class EventRecorder implements Events {
  readonly #ports: RecorderPorts;
  #inFlight = 0;

  constructor(ports: RecorderPorts) {
    this.#ports = ports;
  }

  record(cluster: RedisCluster, happening: Happening): void {
    if (this.#inFlight >= mostInFlight) {
      this.#ports.log.warn('an event is dropped: too many wait', { reason: happening.reason });
      return;
    }
    void this.#write(cluster, happening);
  }

  async #write(cluster: RedisCluster, happening: Happening): Promise<void> {
    this.#inFlight++;
    try {
      await this.#ports.kube.create(events, this.#eventOf(cluster, happening));
    } catch (failure) {
      const { reason, message } = happening;
      this.#ports.log.warn('an event could not be written', {
        reason,
        message,
        because: describeError(failure),
      });
    } finally {
      this.#inFlight--;
    }
  }

  #eventOf({ metadata }: RedisCluster, { type, reason, message }: Happening): Event {
    const { name, namespace, uid } = metadata;
    const at = toRfc3339(this.#ports.clock.now());
    const suffix = Math.floor(this.#ports.random() * 2 ** 48).toString(16);
    return {
      metadata: { name: `${name}.${this.#ports.clock.now().toString(16)}${suffix}`, namespace },
      involvedObject: { apiVersion, kind: 'RedisCluster', name, namespace, uid },
      type,
      reason,
      message: bounded(message),
      source: { component: fieldManager },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
  }
}
