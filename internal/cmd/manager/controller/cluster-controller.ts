import { ControlClient } from '../../../control/client.ts';
import { tickPatience } from '../../../control/switchover.ts';
import { withoutEvents } from '../../../control/without-events.ts';
import { EventRecorder } from '../../../controller/cluster/event-recorder.ts';
import { InstanceLinks } from '../../../controller/cluster/instances/links.ts';
import { OwnBinary } from '../../../controller/cluster/instances/own-binary.ts';
import { ClusterMemory } from '../../../controller/cluster/memory.ts';
import type { Ports } from '../../../controller/cluster/ports.ts';
import { reconcile } from '../../../controller/cluster/reconcile.ts';
import { ClusterSecrets } from '../../../controller/cluster/secrets.ts';
import type { Kube } from '../../../kube/kube.ts';
import { WorkQueue } from '../../../kube/queue.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import type { Duration } from '../../../time/units.ts';
import { isBuilt, managerVersion } from '../../../version.ts';
import { ClusterCaches } from './caches.ts';
import type { Metrics } from './metrics.ts';
import type { ControllerOptions } from './options.ts';

export interface ControllerPorts {
  readonly options: ControllerOptions;
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly random: () => number;
  /** This process surely holds the operators' Lease; always, where none is asked for. */
  readonly surelyLeads: () => boolean;
}

/** Wires caches, queue, instances and the tick together for as long as this operator leads. */
export class ClusterController {
  readonly #ports: ControllerPorts;
  readonly #queue: WorkQueue;
  readonly #caches: ClusterCaches;
  readonly #links: InstanceLinks;
  readonly #tickPorts: Ports;

  constructor(ports: ControllerPorts) {
    const { kube, clock, log, random, options, metrics } = ports;
    this.#ports = ports;
    this.#caches = new ClusterCaches({ ...ports, namespaces: options.watchNamespaces }, (key) =>
      this.#queue.add(key),
    );
    this.#links = new InstanceLinks({
      clock,
      log,
      tlsOf: (cluster) => secretsPort.controlTls(cluster),
      connect: (identity) => {
        const client = new ControlClient(identity);
        return options.instanceEvents ? client : withoutEvents(client);
      },
      binary: isBuilt ? new OwnBinary(process.execPath, managerVersion) : undefined,
      mayGrant: ports.surelyLeads,
      onHeard: (key) => this.#queue.add(key),
    });
    const secretsPort = new ClusterSecrets({ kube, clock, log, caches: this.#caches });
    this.#tickPorts = {
      clock,
      log,
      kube,
      caches: this.#caches,
      instances: this.#links,
      events: new EventRecorder({ kube, clock, log, random }),
      secrets: secretsPort,
      figures: metrics,
      memory: new ClusterMemory(clock, options.maxConcurrentRollouts),
      surelyLeads: ports.surelyLeads,
      operatorImage: options.operatorImage,
      managerVersion,
      resizesInPlace: options.resizesInPlace,
    };
    this.#queue = new WorkQueue(
      {
        workers: options.maxConcurrentReconciles,
        work: (key, signal) => this.#tick(key, signal),
        observe: ({ took, failed }) => metrics.tickEnded(took, failed !== undefined),
      },
      { clock, log, random },
    );
  }

  /** Resolves when `signal` aborted and all ticks have ended, or `tickPatience` and `stopLimit` after that. */
  async run(signal: AbortSignal, stopLimit: Duration): Promise<void> {
    const watching = this.#caches.run(signal);
    await Promise.race([this.#caches.waitForSync(), watching]);
    if (!signal.aborted) {
      for (const { metadata } of this.#caches.clusters.all())
        this.#queue.add(`${metadata.namespace}/${metadata.name}`);
    }
    await watching;
    await this.#queue.stop({ patience: tickPatience, limit: stopLimit });
    this.#links.close();
  }

  async #tick(key: string, signal: AbortSignal): Promise<Duration | undefined> {
    // A tick on half-filled caches would take what it does not see for missing.
    if (!this.#caches.synced) return undefined;
    const [namespace = '', name = ''] = key.split('/');
    const revisit = await reconcile({ namespace, name }, this.#tickPorts, signal);
    this.#ports.metrics.clusterSeen({ namespace, name }, this.#caches.clusters.get({ namespace, name }));
    return revisit;
  }
}
