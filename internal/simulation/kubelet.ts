import { asFilledIn, memoryLimitOf, sameResources } from '../controller/cluster/resize/amounts.ts';
import type { KubeObject } from '../kube/objects.ts';
import { type PersistentVolumeClaim, type Pod, persistentVolumeClaims, pods } from '../kube/resources.ts';
import type { Chance } from './chance.ts';
import type { SimInstance } from './instance.ts';
import type { ApiServer, Written } from './kube/api-server.ts';
import type { Network } from './network.ts';
import { emptyVolume, type Volume } from './redis/volume.ts';
import type { Scheduler } from './scheduler.ts';

export interface KubeletParts {
  readonly scheduler: Scheduler;
  readonly server: ApiServer;
  readonly network: Network;
  readonly chance: Chance;
  readonly nodes: readonly string[];
  readonly apiNode: string;
  makeInstance(pod: PlacedPod, hooks: InstanceHooks): SimInstance;
  narrate(text: string): void;
}

/** What a kubelet is told of a manager's process. */
export interface InstanceHooks {
  onExit(): void;
  onReplaced(make: () => SimInstance): void;
}

/** A pod on its node, with its address and what it keeps its data on. */
export interface PlacedPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly volume: Volume;
  /** In bytes, what its container may use now; undefined for no end. */
  readonly memoryLimit: () => bigint | undefined;
}

/** What a kubelet does with a pod that is to be resized: at once, later, or never. */
export type ResizeAnswer = 'carriedOut' | 'deferred' | 'infeasible';

interface Running extends PlacedPod {
  resources: Resources;
  /** What its kubelet says of a resize that it has not carried out. */
  delay: ResizeAnswer | undefined;
  instance: SimInstance | undefined;
  restarts: number;
  stopping: boolean;
  ready: boolean;
  told: string;
}

/** Milliseconds. */
const starting = { least: 150, most: 900 };
const restarting = { least: 300, most: 1_500 };
/** From the end of the last process of a pod to the end of its object. */
const cleaning = { least: 50, most: 600 };
/** From the end of one manager to the beginning of the next in the same process. */
const replacing = { least: 25, most: 400 };
/** From hearing that a pod is to be resized until it is. */
const resizing = { least: 50, most: 1_500 };
const deferring = { least: 1_000, most: 9_000 };
/** What is narrated when a limit is lowered as it must not be. */
export const breaches = {
  order: 'may hold more than its container by its maxmemory',
  room: 'is ended by the kernel: it holds more than its container may',
} as const;
/** A pod's terminationGracePeriodSeconds. */
const grace = 120_000;
/** How soon a kubelet hears of a change. */
const hearing = { least: 1, most: 20 };
const probeEvery = 1_000;

/** Scheduler, kubelets and volumes of the simulated Kubernetes: pods become processes, and their state is told. */
export class Kubelets {
  readonly #parts: KubeletParts;
  readonly #running = new Map<string, Running>();
  readonly #volumes = new Map<string, Volume>();
  /** In the order of their names; undefined once another has come or gone. */
  #instances: readonly SimInstance[] | undefined;
  #addresses = 0;
  /** One of them is given to each resize. */
  resizeAnswers: readonly ResizeAnswer[] = ['carriedOut'];

  constructor(parts: KubeletParts) {
    this.#parts = parts;
    parts.server.onWrite((written) => this.#hear(written));
    this.#loop();
  }

  /** Pods with a process or about to have one, in the order of their names. */
  get instances(): readonly SimInstance[] {
    this.#instances ??= [...this.#running.values()]
      .flatMap(({ instance }) => instance ?? [])
      .sort((a, b) => (a.pod < b.pod ? -1 : 1));
    return this.#instances;
  }

  get volumes(): Iterable<Volume> {
    return this.#volumes.values();
  }

  instanceAt(ip: string): SimInstance | undefined {
    for (const running of this.#running.values()) if (running.ip === ip) return running.instance;
    return undefined;
  }

  nodeOf(pod: string): string | undefined {
    return [...this.#running.values()].find(({ name }) => name === pod)?.node;
  }

  /** All processes on a node end without a word. */
  losePower(node: string): void {
    for (const running of this.#on(node)) {
      running.instance?.losePower();
      this.#holds(running, undefined);
    }
  }

  /** The node's kubelet starts the containers of its pods again. */
  comeBack(node: string): void {
    for (const running of this.#on(node)) {
      if (running.stopping) this.#remove(running);
      else this.#start(running, this.#parts.chance.between(500, 3000));
    }
  }

  killContainer(instance: SimInstance): void {
    const running = [...this.#running.values()].find((one) => one.instance === instance);
    instance.kill();
    if (running !== undefined) this.#ended(running);
  }

  #on(node: string): readonly Running[] {
    return [...this.#running.values()].filter((running) => running.node === node);
  }

  #hear({ plural, now, before }: Written): void {
    const { scheduler, chance } = this.#parts;
    const wait = chance.between(hearing.least, hearing.most);
    if (plural === persistentVolumeClaims.plural && before === undefined && now !== undefined) {
      scheduler.after(wait, () => this.#bind(now));
    }
    if (plural !== pods.plural) return;
    const pod = (now ?? before) as Pod;
    if (now !== undefined && before === undefined) scheduler.after(wait, () => this.#place(pod));
    else if (isResized(now, before)) scheduler.after(wait, () => this.#resize(pod));
    else if (now === undefined || now.metadata.deletionTimestamp !== undefined) {
      scheduler.after(wait, () => this.#end(pod.metadata.uid ?? ''));
    }
  }

  #bind({ metadata }: KubeObject): void {
    const { server } = this.#parts;
    const status = { phase: 'Bound' };
    if (server.get(persistentVolumeClaims, keyIn(metadata)) === undefined) return;
    server.patch<PersistentVolumeClaim>(persistentVolumeClaims, keyIn(metadata), { status });
  }

  /** Schedules a pod to a node with none of its kind where there is one, once its volume is free. */
  #place(pod: Pod): void {
    const { server, scheduler, chance, network, nodes } = this.#parts;
    const { name, uid = '' } = pod.metadata;
    const live = server.get(pods, keyIn(pod.metadata));
    if (live?.metadata.uid !== uid || this.#running.has(uid)) return;
    const taken = new Set([...this.#running.values()].map(({ node }) => node));
    const usable = nodes.filter((node) => !network.isGone(node) && !network.isCut(this.#parts.apiNode, node));
    const node = usable.find((one) => !taken.has(one)) ?? usable[0];
    const volume = this.#volumeOf(pod);
    const inUse = [...this.#running.values()].some((running) => running.volume === volume);
    if (node === undefined || inUse) {
      scheduler.after(500, () => this.#place(pod));
      return;
    }
    this.#addresses += 1;
    const ip = `10.0.0.${this.#addresses}`;
    const running: Running = {
      name,
      uid,
      node,
      ip,
      volume,
      resources: resourcesIn(pod),
      delay: undefined,
      memoryLimit: () => memoryLimitOf(running.resources),
      instance: undefined,
      restarts: 0,
      stopping: false,
      ready: false,
      told: '',
    };
    this.#running.set(uid, running);
    server.patch(pods, keyIn(pod.metadata), { spec: { nodeName: node } });
    this.#start(running, chance.between(starting.least, starting.most));
  }

  #volumeOf(pod: Pod): Volume {
    const claim = pod.spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
    const name = claim?.persistentVolumeClaim?.claimName ?? `of ${pod.metadata.uid}`;
    const held = this.#volumes.get(name) ?? emptyVolume(name);
    this.#volumes.set(name, held);
    return held;
  }

  #start(running: Running, wait: number): void {
    const { scheduler, network, narrate } = this.#parts;
    scheduler.after(wait, () => {
      if (running.stopping || running.instance !== undefined || network.isGone(running.node)) return;
      if (this.#running.get(running.uid) !== running) return;
      narrate(`${running.name} starts on ${running.node} (${running.ip})`);
      const instance = this.#parts.makeInstance(running, {
        onExit: () => this.#ended(running),
        onReplaced: (make) => this.#replace(running, make),
      });
      this.#holds(running, instance);
      instance.run();
    });
  }

  /**
   * Another program begins in the container's main process; the container goes on. What was told to the process meanwhile is
   * lost, the end of its pod too: that comes when the kubelet has waited long enough.
   */
  #replace(running: Running, make: () => SimInstance): void {
    const { scheduler, chance } = this.#parts;
    const before = running.instance;
    const wasStopping = running.stopping;
    scheduler.after(chance.between(replacing.least, replacing.most), () => {
      if (running.instance !== before || this.#running.get(running.uid) !== running) return;
      const instance = make();
      this.#holds(running, instance);
      instance.run();
      if (running.stopping && !wasStopping) scheduler.after(grace, () => this.#killAtLast(running, instance));
    });
  }

  #killAtLast(running: Running, instance: SimInstance): void {
    if (running.instance === instance) this.killContainer(instance);
  }

  /** Its main process has ended: the kubelet starts it again, or is done with the pod. */
  #ended(running: Running): void {
    running.instance?.parts.process.kill();
    this.#holds(running, undefined);
    running.ready = false;
    if (running.stopping) {
      const { scheduler, chance } = this.#parts;
      scheduler.after(chance.between(cleaning.least, cleaning.most), () => this.#remove(running));
      return;
    }
    running.restarts += 1;
    const { least, most } = restarting;
    this.#start(running, this.#parts.chance.between(least, most) * Math.min(running.restarts, 8));
  }

  #resize({ metadata: { uid = '' }, ...pod }: Pod): void {
    const running = this.#running.get(uid);
    if (running === undefined || running.stopping) return;
    const { scheduler, chance, network, apiNode } = this.#parts;
    // A node that is gone or cut off does not hear of it before it is back.
    if (network.isCut(apiNode, running.node)) {
      scheduler.after(1000, () => this.#resize({ ...pod, metadata: { name: running.name, uid } }));
      return;
    }
    running.delay = chance.pick(this.resizeAnswers);
    if (running.delay === 'infeasible') return;
    const { least, most } = running.delay === 'deferred' ? deferring : resizing;
    scheduler.after(chance.between(least, most), () => this.#carryOut(running));
  }

  /** To what the pod asks for by then. */
  #carryOut(running: Running): void {
    const live = this.#parts.server.get(pods, { namespace: 'default', name: running.name });
    if (live?.metadata.uid !== running.uid || this.#running.get(running.uid) !== running) return;
    running.resources = resourcesIn(live);
    running.delay = undefined;
    const { instance } = running;
    const limit = running.memoryLimit();
    if (instance === undefined || limit === undefined) return;
    this.#parts.narrate(`${running.name} has a limit of ${limit} bytes now`);
    if (instance.maxMemory > limit) this.#parts.narrate(`${running.name} ${breaches.order}`);
    if (BigInt(instance.heldBytes) <= limit) return;
    this.#parts.narrate(`${running.name} ${breaches.room}`);
    this.killContainer(instance);
  }

  #end(uid: string): void {
    const running = this.#running.get(uid);
    if (running === undefined || running.stopping) return;
    // A node that is gone or cut off does not hear of it before it is back.
    if (this.#parts.network.isCut(this.#parts.apiNode, running.node)) {
      this.#parts.scheduler.after(1000, () => this.#end(uid));
      return;
    }
    running.stopping = true;
    if (running.instance === undefined) this.#remove(running);
    else running.instance.stop();
  }

  #holds(running: Running, instance: SimInstance | undefined): void {
    running.instance = instance;
    this.#instances = undefined;
  }

  #remove(running: Running): void {
    this.#running.delete(running.uid);
    this.#instances = undefined;
    const { server } = this.#parts;
    const key = { namespace: 'default', name: running.name };
    if (server.get(pods, key)?.metadata.uid === running.uid) server.remove(pods, key);
  }

  #loop(): void {
    for (const running of this.#running.values()) this.#tell(running);
    this.#parts.scheduler.after(probeEvery / 4, () => this.#loop());
  }

  /** Tells the API server what there is, when that has changed and it can be reached. */
  #tell(running: Running): void {
    const { network, apiNode, server } = this.#parts;
    const { node, instance } = running;
    if (network.isCut(node, apiNode) || network.isCut(apiNode, node)) return;
    const key = { namespace: 'default', name: running.name };
    if (server.get(pods, key)?.metadata.uid !== running.uid) return;
    const ready = instance?.isReady() ?? false;
    const started = instance !== undefined || running.restarts > 0 || running.told !== '';
    const inForce = JSON.stringify([running.resources, running.delay]);
    const told = `${started} ${ready} ${instance !== undefined} ${running.restarts} ${inForce}`;
    if (!started || told === running.told) return;
    running.told = told;
    const state = instance === undefined ? { terminated: { exitCode: 137 } } : { running: {} };
    const status = {
      phase: 'Running',
      podIP: running.ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }, ...delayOf(running)],
      containerStatuses: [
        {
          name: 'redis',
          ready,
          restartCount: running.restarts,
          image: '',
          imageID: '',
          state,
          resources: running.resources,
        },
      ],
    };
    server.patch(pods, key, { status });
  }
}

/** What a kubelet says of a resize that it has not carried out. */
const delayOf = ({ delay }: Running) =>
  delay === undefined || delay === 'carriedOut'
    ? []
    : [
        {
          type: 'PodResizePending',
          status: 'True',
          reason: delay === 'deferred' ? 'Deferred' : 'Infeasible',
          message: 'no room',
        },
      ];

type Resources = ReturnType<typeof asFilledIn>;

const resourcesIn = ({ spec }: Pod): Resources =>
  asFilledIn(spec?.containers.find(({ name }) => name === 'redis')?.resources ?? {});

const isResized = (now: KubeObject | undefined, before: KubeObject | undefined): boolean =>
  now !== undefined &&
  before !== undefined &&
  now.metadata.deletionTimestamp === undefined &&
  !sameResources(resourcesIn(now as Pod), resourcesIn(before as Pod));

const keyIn = ({ namespace, name }: KubeObject['metadata']) => ({ namespace, name });
