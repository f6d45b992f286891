import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Port } from '../../api/v1/names.ts';
import { assemble } from '../../internal/cmd/manager/instance/assemble.ts';
import type { Layout } from '../../internal/cmd/manager/instance/layout.ts';
import type { Pod } from '../../internal/kube/resources.ts';
import { persistentVolumeClaims, pods, secrets } from '../../internal/kube/resources.ts';
import type { Logger } from '../../internal/log/logger.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';
import { clientOf } from './api-client.ts';
import type { ApiServer } from './api-server.ts';

/** One container: an instance manager in this process, with a real redis-server. */
export interface Container {
  readonly address: string;
  /** The instance cannot reach the API server while this is true. */
  blind: boolean;
  /** As the kubelet does with SIGTERM; what comes after is decided by whether the pod is there still. */
  stop(): void;
}

export interface NodePorts {
  readonly api: ApiServer;
  /** Whether anybody reaches the API server. */
  readonly reachable: () => boolean;
  readonly log: Logger;
  readonly folder: string;
  readonly searchPath: string;
  readonly addressOf: (ordinal: number) => string;
}

/** Runs the pods of one namespace: binds their claims, starts their containers again, and tells what is ready. */
export class Kubelet {
  readonly containers = new Map<string, Container>();
  readonly #ports: NodePorts;
  readonly #running = new Map<string, Promise<void>>();

  constructor(ports: NodePorts) {
    this.#ports = ports;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#bindClaims();
      for (const object of this.#ports.api.list(pods, {})) this.#see(object, signal);
      await Promise.race([this.#ports.api.nextChange, sleep(50)]);
    }
    for (const container of this.containers.values()) container.stop();
    await Promise.all(this.#running.values());
  }

  #bindClaims(): void {
    const { api } = this.#ports;
    for (const claim of api.list(persistentVolumeClaims, {}))
      api.change(persistentVolumeClaims, claim.metadata as Key, { status: { phase: 'Bound' } });
  }

  #see({ metadata }: Pod, signal: AbortSignal): void {
    const { name, uid = '' } = metadata;
    if (metadata.deletionTimestamp !== undefined) this.containers.get(name)?.stop();
    else if (!this.#running.has(uid)) this.#running.set(uid, this.#runPod(name, uid, signal));
  }

  async #runPod(name: string, uid: string, signal: AbortSignal): Promise<void> {
    const wanted = (): boolean => {
      const pod = this.#pod(name);
      return pod?.metadata.uid === uid && pod.metadata.deletionTimestamp === undefined && !signal.aborted;
    };
    while (wanted()) await this.#runContainer(name, uid);
    if (!signal.aborted) this.#ports.api.remove(pods, { namespace: 'shop', name });
  }

  async #runContainer(name: string, uid: string): Promise<void> {
    const { api, reachable, folder, searchPath, addressOf, log } = this.#ports;
    const ordinal = Number(name.slice(name.lastIndexOf('-') + 1));
    const stopping = new AbortController();
    const container: Container = { address: addressOf(ordinal), blind: false, stop: () => stopping.abort() };
    this.containers.set(name, container);
    const layout = await layoutOf(join(folder, name), container.address);
    await project(api, layout.projectedFolder);
    const identity = {
      clusterName: 'orders',
      podName: name,
      podNamespace: 'shop',
      podUID: uid,
      podIP: container.address,
      managerVersion: 'schedule',
    };
    const kube = clientOf(api, () => reachable() && !container.blind);
    const own = log.child({ pod: name });
    const surroundings = {
      clock: systemClock,
      kube,
      log: own,
      random: Math.random,
      layout,
      searchPath,
      reliefPatience: seconds(1),
    };
    const ended = new AbortController();
    const running = assemble(identity, surroundings, stopping.signal).finally(() => ended.abort());
    await Promise.all([running, this.#tellReadiness(name, container, ended.signal)]);
    this.#tell(name, container, false);
  }

  async #tellReadiness(name: string, container: Container, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      this.#tell(name, container, await answers(`http://${container.address}:${Port.http}/readyz`));
      await sleep(200);
    }
  }

  #tell(name: string, { address }: Container, ready: boolean): void {
    if (this.#pod(name) === undefined) return;
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
    const status = { phase: 'Running', podIP: address, conditions };
    this.#ports.api.change(pods, { namespace: 'shop', name }, { spec: { nodeName: 'here' }, status });
  }

  #pod(name: string): Pod | undefined {
    return this.#ports.api.get(pods, { namespace: 'shop', name });
  }
}

interface Key {
  readonly namespace: string;
  readonly name: string;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(1000) }).then(
    ({ ok }) => ok,
    () => false,
  );

async function layoutOf(folder: string, listenAddress: string): Promise<Layout> {
  const [dataFolder, runFolder] = [join(folder, 'data'), join(folder, 'run')];
  for (const path of [dataFolder, runFolder]) await mkdir(path, { recursive: true });
  return {
    dataFolder,
    runFolder,
    projectedFolder: join(folder, 'projected'),
    terminationMessage: join(folder, 'termination-log'),
    managerBinary: join(folder, 'manager'),
    redisPort: Port.redis,
    httpPort: Port.http,
    controlPort: Port.control,
    controlGroup: undefined,
    listenAddress,
  };
}

/** Each Secret in a folder of its own name, as in a pod. */
async function project(api: ApiServer, folder: string): Promise<void> {
  for (const { metadata, data = {} } of api.list(secrets, {})) {
    for (const [key, value] of Object.entries(data)) {
      const path = join(folder, metadata.name, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.from(value, 'base64'));
    }
  }
}
