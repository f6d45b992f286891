import { Annotation } from '../../api/v1/names.ts';
import { closedGate, type RedisRole } from '../instance-manager/decide.ts';
import { redisDirectives } from '../instance-manager/redis/config.ts';
import { leases, pods, redisClusters } from '../kube/resources.ts';
import { milliseconds } from '../time/units.ts';
import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { type Ledgers, Routing, runClient } from './clients.ts';
import { askPeer, type ControlPlace } from './control.ts';
import { SimInstance } from './instance.ts';
import { ApiServer } from './kube/api-server.ts';
import type { KubePlace } from './kube/client.ts';
import { type InstanceHooks, Kubelets, type PlacedPod } from './kubelet.ts';
import { narratingLogger } from './log.ts';
import { Network } from './network.ts';
import { runOperator } from './operator.ts';
import type { Plan } from './plan.ts';
import { SimProcess } from './process.ts';
import { isProved } from './redis/proof.ts';
import { type RedisWitness, type RedisWorld, SimRedis } from './redis/server.ts';
import { Scheduler } from './scheduler.ts';
import { type Status, type Tenure, tenureIn } from './status.ts';
import { Testimony } from './testimony.ts';
import { annotationIn } from './user-fences.ts';

export const clusterKey = { namespace: 'default', name: 'shop' };
const nodes = ['node-a', 'node-b', 'node-c', 'node-d'];
export const apiNode = 'control-plane';
const clientNode = 'clients';

export interface Told {
  readonly at: number;
  readonly text: string;
}

/** One whole cluster with its users, before anything goes wrong. */
export class World {
  readonly plan: Plan;
  readonly scheduler = new Scheduler();
  readonly chance: Chance;
  readonly network: Network;
  readonly server: ApiServer;
  readonly kubelets: Kubelets;
  readonly routing: Routing;
  readonly ledgers: Ledgers = { acknowledged: new Set(), confirmed: new Set(), lastAt: 0 };
  readonly told: Told[] = [];
  readonly operators = new Map<string, SimProcess>();
  readonly redisWorld: RedisWorld;
  /** How many effects each operator may still have before it dies; absent for all. */
  readonly effectsLeft = new Map<string, number>();
  /** By node: how far its wall clock has been set forwards, in milliseconds. */
  readonly wallClocks = new Map<string, number>();
  /** The term that nonsense was written over. */
  garbledTerm: number | undefined;
  /** It is the user who is writing to the API server at this moment. */
  userWrites = false;
  /** To be told what an operator has decided to write into a status, and what it had been told. */
  onOrder: ((change: Status, testimony: Testimony) => void) | undefined;
  #operatorsGoneSince: number | undefined;
  readonly #api: SimProcess;
  readonly #kube: KubePlace;
  readonly #changes: Changes;
  readonly #control: ControlPlace;
  readonly #over = new AbortController();
  readonly #processes: SimProcess[] = [];
  #pids = 0;
  #ids = 0;

  constructor(plan: Plan, chance: Chance, witness: (world: World) => RedisWitness, changes: Changes) {
    this.plan = plan;
    this.chance = chance;
    this.#changes = changes;
    const { scheduler } = this;
    this.network = new Network(scheduler, chance.fork());
    const wallAhead = (): number => this.wallClocks.get(apiNode) ?? 0;
    this.#api = new SimProcess(scheduler, { name: 'api', node: apiNode }, { rate: 1, offset: 0, wallAhead });
    this.server = new ApiServer(this.#api.clock);
    const endpoint = { node: apiNode, process: () => (this.apiIsDown ? undefined : this.#api) };
    this.#kube = { server: this.server, endpoint, network: this.network, chance: chance.fork() };
    this.routing = new Routing(this.server, clusterKey.name, chance.fork(), (wait, run) => {
      scheduler.after(wait, run);
    });
    this.redisWorld = {
      network: this.network,
      chance: chance.fork(),
      redisAt: ({ host }) => this.kubelets.instanceAt(host)?.redis,
      witness: witness(this),
    };
    this.kubelets = new Kubelets({
      scheduler,
      server: this.server,
      network: this.network,
      chance: chance.fork(),
      nodes,
      apiNode,
      makeInstance: (pod, hooks) => this.#instance(pod, hooks),
      narrate: (text) => this.tell(text),
    });
    this.#control = { network: this.network, instanceAt: (ip) => this.kubelets.instanceAt(ip) };
    this.network.onHealed(() => this.#retryLinks());
  }

  apiIsDown = false;

  get instances(): readonly SimInstance[] {
    return this.kubelets.instances;
  }

  /** The operator that holds the Lease. */
  get leader(): string | undefined {
    const { items } = this.server.list(leases, {});
    return items[0]?.spec?.holderIdentity;
  }

  get redises(): readonly SimRedis[] {
    return this.instances.flatMap(({ redis }) => (redis?.alive ? redis : []));
  }

  /** Those of `ids` that are in no memory and on no volume any more. */
  lostFor(ids: ReadonlySet<number>): readonly number[] {
    const held = new Set<number>();
    for (const { data } of this.redises) for (const id of data) held.add(id);
    for (const { files } of this.kubelets.volumes) for (const id of files) held.add(id);
    return [...ids].filter((id) => !held.has(id));
  }

  /** Since when no operator runs, in milliseconds; undefined while one does. */
  get operatorsGoneSince(): number | undefined {
    return this.#operatorsGoneSince;
  }

  /** To be called after each event. */
  countOperators(): void {
    for (const { alive, frozen } of this.operators.values()) {
      if (!alive || frozen) continue;
      this.#operatorsGoneSince = undefined;
      return;
    }
    this.#operatorsGoneSince ??= this.scheduler.now;
  }

  isBeingDeleted(name: string): boolean {
    const pod = this.server.get(pods, { namespace: clusterKey.namespace, name });
    return pod?.metadata.deletionTimestamp !== undefined;
  }

  /** Undefined when nobody is appointed, or nobody can tell who. */
  get tenure(): Tenure | undefined {
    const tenure = tenureIn(this.server.get(redisClusters, clusterKey));
    return tenure === 'unreadable' ? undefined : tenure;
  }

  /** The user's annotation as it is now. */
  get userFence(): string | undefined {
    return annotationIn(this.server.get(redisClusters, clusterKey));
  }

  /** As `kubectl annotate`; undefined takes the annotation away. */
  fence(annotation: string | undefined): void {
    if (this.apiIsDown) return;
    this.tell(annotation === undefined ? 'the user fences nobody any more' : `the user fences ${annotation}`);
    const annotations = { [Annotation.fencedInstances]: annotation ?? null };
    this.server.patch(redisClusters, clusterKey, { metadata: { annotations } });
  }

  /** As `kubectl edit --subresource=status`. */
  writeTerm(term: unknown): void {
    this.userWrites = true;
    this.server.patch(redisClusters, clusterKey, { status: { term } });
    this.userWrites = false;
  }

  /** All processes that run on a node now. */
  processesOn(node: string): readonly SimProcess[] {
    const managers = this.instances.flatMap(({ parts, redis }) => [parts.process, ...redisProcess(redis)]);
    return [...managers, ...this.operators.values()].filter((process) => process.node === node);
  }

  get nodes(): readonly string[] {
    return nodes;
  }

  tell(text: string): void {
    this.scheduler.note(text);
    this.told.push({ at: this.scheduler.now, text });
  }

  /**
   * Lets go of what waits in any process, those that are dead among them: Node keeps a signal that is made of others, and the
   * whole world with it, for as long as somebody listens to it. What this sets off needs time, and there is no more of it.
   */
  end(): void {
    for (const process of this.#processes) process.giveUp();
    this.#over.abort();
  }

  /** Makes the cluster, its operators and its clients. */
  begin(): void {
    const { instances, persistence, storage, operators, minSyncReplicas } = this.plan;
    const spec = { instances, persistence, minSyncReplicas, storage: { type: storage, size: '1Gi' } };
    this.server.create(redisClusters, { metadata: clusterKey, spec });
    for (let number = 0; number < operators; number += 1) this.startOperator(`operator-${number}`);
    for (const thinkFor of [300, 700])
      this.#client(
        () => thinkFor,
        () => this.routing.target,
      );
    // One that finds whoever takes writes, and the one that should not sooner than the one that should.
    this.#client(
      () => (this.#stray() === this.routing.target ? 600 : 200),
      () => this.#stray(),
    );
  }

  #stray(): string | undefined {
    const open = this.redises.filter((redis) => redis.follows === undefined && redis.writeGate < closedGate);
    const hosts = open.map(({ parts }) => parts.address.host);
    return hosts.find((host) => host !== this.routing.target) ?? hosts[0];
  }

  /** As `kubectl delete pod`; 0 seconds of grace delete the object whatever becomes of its processes. */
  deletePod(name: string, graceSeconds: number): void {
    if (this.apiIsDown) return;
    this.tell(`${name} is deleted${graceSeconds === 0 ? ' by force' : ''}`);
    const options = graceSeconds === 0 ? { gracePeriodSeconds: 0 } : {};
    this.server.delete(pods, { namespace: clusterKey.namespace, name }, options);
  }

  startOperator(identity: string): void {
    const process = this.#process(identity, `${identity}-node`);
    this.operators.set(identity, process);
    const log = narratingLogger(identity, (text) => this.tell(text));
    const testimony = new Testimony(() => this.scheduler.now);
    const running = runOperator({
      identity,
      process,
      kube: this.#kube,
      control: this.#control,
      chance: this.chance.fork(),
      log,
      changes: this.#changes,
      onEffect: () => this.#countEffect(identity, process),
      testimony,
      over: this.#over.signal,
      onOrder: ({ status }) => {
        if (status !== undefined) this.onOrder?.(status as Status, testimony);
      },
    });
    const ended = (): void => this.endOperator(identity, 500);
    running.then(ended, ended);
  }

  /** Ends it where it stands, and starts it again after `downFor` as the kubelet would. */
  endOperator(identity: string, downFor: number): void {
    const process = this.operators.get(identity);
    if (process?.alive !== true) return;
    process.kill();
    this.scheduler.after(downFor, () => {
      if (this.operators.get(identity) === process) this.startOperator(identity);
    });
  }

  #countEffect(identity: string, process: SimProcess): void {
    const left = this.effectsLeft.get(identity);
    if (left === undefined || this.operators.get(identity) !== process) return;
    this.effectsLeft.set(identity, left - 1);
    if (left > 1) return;
    this.effectsLeft.delete(identity);
    this.tell(`${identity} dies right after an effect`);
    this.endOperator(identity, 1_500);
  }

  #instance(pod: PlacedPod, hooks: InstanceHooks): SimInstance {
    const process = this.#process(pod.name, pod.node);
    const log = narratingLogger(pod.name, (text) => this.tell(text));
    const identity = {
      clusterName: clusterKey.name,
      podNamespace: clusterKey.namespace,
      podName: pod.name,
      podUID: pod.uid,
      podIP: pod.ip,
      managerVersion: 'simulated',
    };
    return new SimInstance({
      identity,
      process,
      volume: pod.volume,
      kube: this.#kube,
      redis: this.redisWorld,
      chance: this.chance.fork(),
      log,
      changes: this.#changes,
      over: this.#over.signal,
      makeRedis: (onLine) => this.#redis(pod, onLine),
      memoryLimit: pod.memoryLimit,
      askPeer: (asking, address, signal) => askPeer(this.#control, asking, address, signal),
      ...hooks,
    });
  }

  #redis(pod: PlacedPod, onLine: (line: string) => void): SimRedis {
    this.#pids += 1;
    return new SimRedis({
      pod: pod.name,
      podUID: pod.uid,
      address: { host: pod.ip, port: 6379 },
      pid: this.#pids,
      process: this.#process(`${pod.name}'s redis-server`, pod.node),
      volume: pod.volume,
      persistence: this.plan.persistence,
      boot: this.#changes.boot ?? bootRole,
      world: this.redisWorld,
      onLine,
    });
  }

  #client(thinkFor: () => number, address: () => string | undefined): void {
    const process = this.#process('client', clientNode);
    const parts = {
      process,
      network: this.network,
      chance: this.chance,
      ledgers: this.ledgers,
      address,
      redisAt: (host: string) => this.redisWorld.redisAt({ host, port: 6379 }),
      nextId: () => {
        this.#ids += 1;
        return this.#ids;
      },
      promises: (redis: SimRedis, id: number) => this.#promises(redis, id),
    };
    void runClient(parts, () => milliseconds(thinkFor()));
  }

  /** With minSyncReplicas 0 only a replica that has been proved in sync is a candidate, whoever else has confirmed (docs/limits.md). */
  #promises(redis: SimRedis, id: number): boolean {
    if (this.plan.minSyncReplicas > 0) return true;
    return this.redises.some((one) => isProved(one, redis) && one.data.includes(id));
  }

  /** Clocks of real machines are slewed by 500 millionths at most; ours differ by up to half a hundredth each way. */
  #process(name: string, node: string): SimProcess {
    const rate = this.chance.between(0.9952, 1.0048);
    const offset = this.chance.between(0, 1e6);
    const wallAhead = (): number => this.wallClocks.get(node) ?? 0;
    const process = new SimProcess(this.scheduler, { name, node }, { rate, offset, wallAhead });
    this.#processes.push(process);
    return process;
  }

  #retryLinks(): void {
    for (const redis of this.redises) redis.upstream?.retry();
  }
}

const redisProcess = (redis: SimRedis | undefined): readonly SimProcess[] =>
  redis?.alive ? [redis.parts.process] : [];

/** What the redis.conf of the real launcher says about a redis-server's first role. */
const bootRole = ((): RedisRole => {
  const directives = redisDirectives({
    announceIp: '',
    listenAddress: undefined,
    port: 6379,
    dataFolder: '',
    socketPath: '',
    persistence: 'aof',
    directives: {},
    maxMemory: undefined,
    maxMemoryPolicy: undefined,
    shutdownSeconds: 10,
  });
  const wordsOf = (wanted: string) => directives.find(({ name }) => name === wanted)?.words;
  const replicaof = wordsOf('replicaof');
  return {
    follows: replicaof === undefined ? undefined : { host: String(replicaof[0]), port: Number(replicaof[1]) },
    writeGate: Number(wordsOf('min-replicas-to-write')?.[0] ?? 0),
  };
})();
