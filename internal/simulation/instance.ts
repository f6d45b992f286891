import { endInOrder, stopInOrder } from '../cmd/manager/instance/stop.ts';
import type { InstanceEvent, InstanceReport, PeerAnswer } from '../control/protocol.ts';
import { reliefPatience } from '../control/switchover.ts';
import { invariant, OperatorError } from '../errors.ts';
import { answerPeer } from '../instance-manager/answer-peer.ts';
import { obeyCommand, type RoleCommand, type Upgrade } from '../instance-manager/commands.ts';
import { keepComparing } from '../instance-manager/compare.ts';
import { atBoot, createFactsCell, type Facts, type FactsCell } from '../instance-manager/facts.ts';
import { refresh } from '../instance-manager/fresh.ts';
import { KubeCluster } from '../instance-manager/kube-cluster.ts';
import type { OwnSpec } from '../instance-manager/own-spec.ts';
import type { KeepsAside, Kept, Ports, RecordStore } from '../instance-manager/ports.ts';
import { keepProved } from '../instance-manager/prove.ts';
import { watchTenure } from '../instance-manager/read-tenure.ts';
import { readyComplaint } from '../instance-manager/readiness.ts';
import { recordOf } from '../instance-manager/record.ts';
import { whyCommandRefused } from '../instance-manager/refuse.ts';
import { eventBetween, type Identity, reportOf } from '../instance-manager/report.ts';
import { runRoleLoop } from '../instance-manager/role-loop.ts';
import { createSupervisor } from '../instance-manager/supervisor.ts';
import { keepSyncedTerm } from '../instance-manager/synced-term.ts';
import {
  formatInheritance,
  type InheritedFacts,
  inheritedFacts,
  parseInheritance,
} from '../instance-manager/upgrade/inheritance.ts';
import { whyNotReplaced } from '../instance-manager/upgrade/refuse.ts';
import { keepFenced } from '../instance-manager/user-fence.ts';
import type { Logger } from '../log/logger.ts';
import { milliseconds, seconds } from '../time/units.ts';
import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { type KubePlace, SimKube } from './kube/client.ts';
import { brought, heldBytes } from './memory.ts';
import type { SimProcess } from './process.ts';
import { SimRedisServer, simProcesses, simUpstream } from './redis/ports.ts';
import type { RedisWorld, SimRedis } from './redis/server.ts';
import type { Volume } from './redis/volume.ts';

export interface InstanceParts {
  readonly identity: Identity;
  readonly process: SimProcess;
  readonly volume: Volume;
  readonly kube: KubePlace;
  readonly redis: RedisWorld;
  readonly chance: Chance;
  readonly log: Logger;
  readonly changes: Changes;
  /** Aborts when the story is over. */
  readonly over: AbortSignal;
  askPeer(asking: SimProcess, address: string, signal: AbortSignal): Promise<PeerAnswer>;
  makeRedis(onLine: (line: string) => void): SimRedis;
  /** The manager has ended by itself. */
  onExit(): void;
  /** What the manager before this one in the same process has left. */
  readonly inherited?: Left | undefined;
  /** In bytes, what its container may use now; undefined for no end. */
  memoryLimit(): bigint | undefined;
  /** This manager is about to be replaced in place by the one that `make` makes, a moment later. */
  onReplaced(make: () => SimInstance): void;
}

interface Left {
  readonly facts: InheritedFacts;
  readonly redis: SimRedis;
}

const redisPort = 6379;
const stopLimit = seconds(110);

/** The manager of one pod: the project's own code, put together as `assemble` does, on ports of the simulated world. */
export class SimInstance {
  readonly parts: InstanceParts;
  readonly ports: Ports;
  readonly cell: FactsCell;
  redis: SimRedis | undefined;
  /** Of its redis-server, in bytes; 0 for no end. */
  maxMemory = 0n;
  #spec: OwnSpec | undefined;
  readonly #stopping = new AbortController();
  readonly #ended = new AbortController();
  readonly #endListeners = new Set<() => void>();

  constructor(parts: InstanceParts) {
    this.parts = parts;
    const { process, volume, log } = parts;
    parts.over.addEventListener('abort', () => {
      this.#stopping.abort();
      this.#ended.abort();
    });
    process.onEnd = () => {
      for (const listener of this.#endListeners) listener();
    };
    const booted = atBoot(volume.record, volume.used, process.clock.monotonic());
    this.cell = createFactsCell({ ...booted, ...parts.inherited?.facts });
    this.redis = parts.inherited?.redis;
    const place = { process, redis: parts.redis };
    const real: Ports = {
      identity: parts.identity,
      clock: process.clock,
      log,
      redis: new SimRedisServer(process, place.redis, () => this.redis),
      processes: {
        ...simProcesses(
          process,
          (onLine) => {
            this.redis = parts.makeRedis((line) => process.later(0.05, () => onLine(line)));
            return this.redis;
          },
          parts.inherited?.redis,
        ),
        kill: (pid) => {
          if (this.redis?.parts.pid === pid) this.redis.stop('killed');
        },
      },
      records: recordsOn(volume, parts),
      cluster: this.#cluster(),
      upstream: simUpstream(process, place.redis),
      peers: { ask: (address, signal) => parts.askPeer(process, address, signal) },
      aside: asideOn(volume, parts, () => this.redis),
    };
    this.ports = parts.changes.instance?.(real) ?? real;
  }

  get pod(): string {
    return this.parts.identity.podName;
  }

  /** Runs until its redis-server ended for good. */
  run(): void {
    const { ports, cell, pod } = this;
    const { identity, process } = this.parts;
    const ending = this.#ended.signal;
    keepFenced(pod, cell);
    watchTenure(ports, cell, ending);
    keepSyncedTerm(cell);
    keepComparing(ports, cell, ending);
    this.#keepMaxMemory();
    const supervisor = createSupervisor(ports, cell);
    this.#stopping.signal.addEventListener('abort', () => {
      void stopInOrder(supervisor, ports, cell, { whole: stopLimit, relief: reliefPatience });
    });
    cell.listen((facts, before) => {
      if (facts.fencedByUser && !before.fencedByUser) void endInOrder(supervisor, ports, cell, stopLimit);
    });
    const place = { pod, address: { host: identity.podIP, port: redisPort } };
    keepProved(place, ports, cell, ending);
    void runRoleLoop(place, ports, cell, ending);
    const ended = (): void => {
      this.#ended.abort();
      process.later(0, () => this.parts.onExit());
    };
    void supervisor.run(this.#stopping.signal).then(ended, ended);
  }

  get heldBytes(): number {
    return heldBytes(this.redis?.data.length ?? 0);
  }

  /** As the real manager keeps settings, of which there is no other in this world, and only where there is a limit. */
  #keepMaxMemory(): void {
    const { process, memoryLimit } = this.parts;
    process.later(lookForMemoryEvery, () => this.#keepMaxMemory());
    const { redis } = this;
    if (this.#spec?.memoryLimit === undefined || redis === undefined || !redis.answers) return;
    const state = { now: this.maxMemory, writes: redis.data.length, limit: memoryLimit() };
    const { maxMemory, told, pendingRestart } = brought(this.#spec, state);
    this.maxMemory = maxMemory;
    this.cell.change({ maxMemory: told, pendingRestart, memoryHeld: this.heldBytes });
  }

  /** SIGTERM. */
  stop(): void {
    this.parts.process.act(() => this.#stopping.abort());
  }

  /** The whole container ends at once. */
  kill(): void {
    this.redis?.stop('killed');
    this.parts.process.kill();
  }

  /** Its node has lost its power. */
  losePower(): void {
    this.redis?.stop('power lost');
    this.parts.process.kill();
  }

  /** `listener` is told when the manager's process ends. Returns the function that takes it away. */
  onEnd(listener: () => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  isReady(): boolean {
    const { process } = this.parts;
    if (!process.alive || process.frozen) return false;
    return readyComplaint(this.pod, this.cell.current, process.clock.monotonic()) === undefined;
  }

  /** GET /v1/status. */
  async freshReport(): Promise<InstanceReport> {
    await refresh(this.ports, this.cell, this.#ended.signal);
    return this.#report(this.cell.current);
  }

  /** GET /v1/tenure. */
  answerPeer(): Promise<PeerAnswer> {
    return answerPeer(this.ports, this.cell, this.#ended.signal);
  }

  /** POST: the report after it; rejects when it is refused. */
  async obey(command: RoleCommand): Promise<InstanceReport> {
    const heard = this.parts.changes.command?.(command, this) ?? command;
    const { term } = recordOf(this.cell.current.stored);
    const obeyed = await obeyCommand(heard, this.ports, this.cell, this.#ended.signal);
    if (obeyed.kind === 'refused') {
      throw new OperatorError({ code: 'refused' } as const, obeyed.why);
    }
    this.parts.redis.witness.obeyed(this.parts.identity, command, term);
    return obeyed.report;
  }

  /** POST: what it takes to find out whether a binary is fit, and then it is run. */
  async upgrade(command: Upgrade): Promise<InstanceReport> {
    const { process, chance, identity } = this.parts;
    const refuse = (): void => {
      const why = whyCommandRefused(command, this.cell.current, identity, process.clock.monotonic());
      if (why !== undefined) throw new OperatorError({ code: 'refused', status: 409 } as const, why);
    };
    refuse();
    await process.clock.sleep(milliseconds(chance.between(takingIn.least, takingIn.most)));
    refuse();
    process.later(1, () => this.#replace(command.version));
    return this.#report(this.cell.current);
  }

  #replace(managerVersion: string): void {
    const { redis, parts } = this;
    if (redis === undefined || whyNotReplaced(this.cell.current) !== undefined) return;
    const facts = writtenAndRead(inheritedFacts(this.cell.current));
    parts.process.kill();
    parts.onReplaced(() => {
      const identity = { ...parts.identity, managerVersion };
      return new SimInstance({
        ...parts,
        identity,
        process: parts.process.successor(),
        inherited: { facts, redis },
      });
    });
  }

  /** GET /v1/events. Returns the function that ends it. */
  subscribe(tell: (event: InstanceEvent) => void): () => void {
    tell({ kind: 'hello', report: this.#report(this.cell.current) });
    return this.cell.listen((facts, before) => {
      const [then, now] = [this.#report(before), this.#report(facts)];
      const kind = eventBetween(then, now);
      if (kind !== undefined) tell({ kind, report: now });
    });
  }

  #report(facts: Facts): InstanceReport {
    return reportOf(this.parts.identity, facts, this.ports.clock.monotonic());
  }

  #cluster(): KubeCluster {
    const { process, kube, chance, log, identity } = this.parts;
    const key = { namespace: identity.podNamespace, name: identity.clusterName };
    const ports = {
      kube: new SimKube(process, kube),
      clock: process.clock,
      log,
      random: () => chance.next(),
    };
    return new KubeCluster(key, ports, (reading) => {
      if (reading.kind === 'read') this.#spec = reading.spec;
    });
  }
}

/** In milliseconds. */
const lookForMemoryEvery = 500;

/** How long a binary takes to come and to be looked at, in milliseconds. */
const takingIn = { least: 300, most: 3_000 };

/** As they are after having lain in a file. */
function writtenAndRead(facts: InheritedFacts): InheritedFacts {
  const manager = { pid: 1, startedTicks: 1 };
  const server = { ...manager, run: facts.process.run ?? '', outputs: [] };
  const read = parseInheritance(formatInheritance({ manager, server, startedOn: '', accepted: '', facts }));
  invariant(read !== undefined, 'what is left to another manager can be read by it');
  return read.facts;
}

/** How long a snapshot of a small data set takes, in milliseconds. */
const snapshot = { least: 20, most: 300 };

const asideOn = (
  volume: Volume,
  { process, chance }: InstanceParts,
  current: () => SimRedis | undefined,
): KeepsAside => ({
  keep: (name) => {
    const { promise, resolve, reject } = Promise.withResolvers<Kept>();
    const saved = current();
    process.later(chance.between(snapshot.least, snapshot.most), () => {
      if (saved === undefined || !saved.alive) return reject(new Error('redis-server has ended'));
      volume.aside.push(...saved.data);
      resolve({ kind: 'kept', file: name, bytes: saved.data.length });
    });
    return promise;
  },
});

/** An fsync takes a while, and what it was to make safe is safe from somewhere within. Milliseconds. */
const fsync = { least: 0.5, most: 15 };

const recordsOn = (volume: Volume, { process, chance }: InstanceParts): RecordStore => ({
  read: () => Promise.resolve(volume.record),
  write: (record) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const half = chance.between(fsync.least, fsync.most) / 2;
    process.later(half, () => {
      volume.record = { kind: 'record', record };
      process.later(half, resolve);
    });
    return promise;
  },
});
