import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { authSecret, Label } from '../../api/v1/names.ts';
import type { RedisClusterStatus } from '../../api/v1/redis-cluster.ts';
import { ClusterController } from '../../internal/cmd/manager/controller/cluster-controller.ts';
import { createMetrics } from '../../internal/cmd/manager/controller/metrics.ts';
import { pods, redisClusters, secrets, services } from '../../internal/kube/resources.ts';
import type { Logger } from '../../internal/log/logger.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';
import { eventually } from '../e2e/wait.ts';
import { clientOf } from './api-client.ts';
import { ApiServer } from './api-server.ts';
import { Kubelet } from './kubelet.ts';

const key = { namespace: 'shop', name: 'orders' };
const metrics = createMetrics();

/** Three instances under our own operator, all but Kubernetes real, in this process and on loopback. */
export class World {
  readonly api = new ApiServer();
  readonly kubelet: Kubelet;
  /** Nobody reaches the API server while this is false. */
  apiReachable = true;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #operator: { readonly end: () => Promise<void> } | undefined;

  static async start(searchPath: string, log: Logger): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'schedules-')), searchPath, log);
    world.startOperator();
    await world.healthy(60);
    return world;
  }

  private constructor(folder: string, searchPath: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
    // A block of loopback of its own, so that every instance has the usual ports, and nobody else's.
    const block = [randomByte(), randomByte()].join('.');
    const addressOf = (ordinal: number): string => `127.${block}.${ordinal + 1}`;
    this.kubelet = new Kubelet({
      api: this.api,
      reachable: () => this.apiReachable,
      log,
      folder,
      searchPath,
      addressOf,
    });
    this.api.create(redisClusters, {
      apiVersion: 'redis.io/v1',
      kind: 'RedisCluster',
      metadata: key,
      spec: { imageName: 'local', instances: 3, storage: { size: '64Mi' } },
    });
    this.#running = this.kubelet.run(this.#stopping.signal);
  }

  startOperator(): void {
    if (this.#operator !== undefined) return;
    const ending = new AbortController();
    const ports = {
      options: {
        metricsPort: 0,
        healthPort: 0,
        maxConcurrentReconciles: 2,
        maxConcurrentRollouts: 1,
        leaderElect: false,
        watchNamespaces: [key.namespace],
        instanceEvents: true,
        resizesInPlace: true,
        logLevel: 'info' as const,
        namespace: key.namespace,
        identity: 'operator',
        operatorImage: 'local',
      },
      kube: clientOf(this.api, () => this.apiReachable),
      clock: systemClock,
      log: this.#log.child({ operator: 1 }),
      metrics,
      random: Math.random,
      // There is never another one: it is started after the one before has ended.
      surelyLeads: () => true,
    };
    const controller = new ClusterController(ports);
    const ended = controller.run(ending.signal, seconds(5));
    this.#operator = {
      end: () => {
        ending.abort();
        return ended;
      },
    };
  }

  async endOperator(): Promise<void> {
    const operator = this.#operator;
    this.#operator = undefined;
    await operator?.end();
  }

  get status(): RedisClusterStatus {
    const stored = this.api.get(redisClusters, key);
    return (stored?.status ?? {}) as RedisClusterStatus;
  }

  get password(): string {
    const secret = this.api.get(secrets, { namespace: key.namespace, name: authSecret(key.name) });
    return Buffer.from(secret?.data?.['password'] ?? '', 'base64').toString();
  }

  /** Where the leader Service leads now: the one pod that it selects, if that is ready. */
  get leader(): string | undefined {
    const service = this.api.get(services, { namespace: key.namespace, name: `${key.name}-leader` });
    const wanted = service?.spec?.selector?.[Label.instance];
    const pod = this.api
      .list(pods, {})
      .find(({ metadata }) => wanted !== undefined && metadata.labels?.[Label.instance] === wanted);
    const ready = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return ready === true ? pod?.status?.podIP : undefined;
  }

  /** Resolves once it has been Healthy for a second: what is killed just before may not be noticed yet. */
  async healthy(limitSeconds: number): Promise<RedisClusterStatus> {
    return await eventually(
      'the cluster is Healthy',
      async () => {
        const { phase, term } = this.status;
        await sleep(1000);
        const later = this.status;
        if (phase === 'Healthy' && later.phase === phase && later.term === term) return later;
        throw new Error(JSON.stringify(later));
      },
      limitSeconds,
    );
  }

  /** What the cluster's conditions say is wrong. */
  get complaints(): readonly string[] {
    const wrong = (this.status.conditions ?? []).filter(({ status }) => status !== 'True');
    return wrong.map(({ type, message }) => `${type}: ${message}`);
  }

  async end(): Promise<void> {
    await this.endOperator();
    this.#stopping.abort();
    await this.#running;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const randomByte = (): number => 1 + Math.floor(Math.random() * 254);
