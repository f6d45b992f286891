import { instanceServerName, Port } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import type { ControlClient, ControlIdentity } from '../../../control/client.ts';
import type { Command, InstanceReport } from '../../../control/protocol.ts';
import { describeError } from '../../../errors.ts';
import type { Logger } from '../../../log/logger.ts';
import type { ControlTls } from '../../../pki/tls.ts';
import type { Clock } from '../../../time/clock.ts';
import { between, type Moment, milliseconds, seconds } from '../../../time/units.ts';
import type { GrantedTenure, InstanceCommand, Instances, InstanceTarget } from '../ports.ts';
import type { Sighting } from '../view.ts';
import { EventStream } from './event-stream.ts';

export interface LinkPorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** What the operator shows to the instances of a cluster, and trusts there; undefined while it is not made yet. */
  tlsOf(cluster: RedisCluster): ControlTls | undefined;
  /** Makes the connections to the instances of one cluster. */
  connect(identity: ControlIdentity): InstanceClient;
  /** Something was heard from an instance of the cluster with this key. */
  onHeard(key: string): void;
}

/** What of a ControlClient is used here; the simulated world has one of its own. */
export type InstanceClient = Pick<ControlClient, 'report' | 'command' | 'events' | 'close'>;

/** An instance answers within milliseconds; one that takes a second is as good as silent. */
const answerLimit = seconds(1);
/** A command takes an fsync at most; whoever takes longer reads the record itself. */
const commandLimit = milliseconds(500);

interface ClusterLinks {
  readonly tls: ControlTls;
  readonly client: InstanceClient;
  readonly streams: Map<string, EventStream>;
  /** When each pod, by UID, was last heard, or first asked. */
  readonly heardAt: Map<string, Moment>;
}

/** Asks the instances at their pods' addresses, and keeps a stream open to each for what they tell unasked. */
export class InstanceLinks implements Instances {
  readonly #ports: LinkPorts;
  readonly #clusters = new Map<string, ClusterLinks>();

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  async sightings(
    cluster: RedisCluster,
    targets: readonly InstanceTarget[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Sighting>> {
    const links = this.#linksOf(cluster);
    if (links === undefined) return new Map();
    this.#keepStreams(keyOf(cluster), links, targets);
    const asked = targets.map(
      async (target) => [target.pod, await this.#ask(links, target, signal)] as const,
    );
    return new Map(await Promise.all(asked));
  }

  async command(
    cluster: RedisCluster,
    { uid, ip, pod }: InstanceTarget,
    command: InstanceCommand,
    signal: AbortSignal,
  ): Promise<InstanceReport | undefined> {
    const links = this.#linksOf(cluster);
    if (links === undefined) return undefined;
    const { kind, ...orders } = command;
    const body: Command = { podUID: uid, ...orders };
    const limit = this.#ports.clock.deadline(commandLimit, signal);
    try {
      const report = await links.client.command({ host: ip, port: Port.control }, kind, body, limit);
      links.heardAt.set(uid, this.#ports.clock.monotonic());
      return report;
    } catch (failure) {
      this.#ports.log.info('a command was not obeyed', { pod, kind, because: describeError(failure) });
      return undefined;
    }
  }

  grant(_cluster: RedisCluster, _tenure: GrantedTenure | undefined): void {}

  forget({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    this.#close(`${namespace}/${name}`);
  }

  /** Ends everything. */
  close(): void {
    for (const key of [...this.#clusters.keys()]) this.#close(key);
  }

  async #ask(links: ClusterLinks, { uid, ip }: InstanceTarget, signal: AbortSignal): Promise<Sighting> {
    const { clock } = this.#ports;
    const since = links.heardAt.get(uid) ?? clock.monotonic();
    links.heardAt.set(uid, since);
    try {
      const endpoint = { host: ip, port: Port.control };
      const report = await links.client.report(endpoint, clock.deadline(answerLimit, signal));
      links.heardAt.set(uid, clock.monotonic());
      return { kind: 'reported', report };
    } catch (failure) {
      return { kind: 'silent', because: describeError(failure), for: between(since, clock.monotonic()) };
    }
  }

  /** New certificates mean new connections. */
  #linksOf(cluster: RedisCluster): ClusterLinks | undefined {
    const tls = this.#ports.tlsOf(cluster);
    if (tls === undefined) return undefined;
    const key = keyOf(cluster);
    const held = this.#clusters.get(key);
    if (held !== undefined && held.tls.cert === tls.cert && held.tls.ca === tls.ca) return held;
    this.#close(key);
    const { name, namespace } = cluster.metadata;
    const client = this.#ports.connect({ ...tls, serverName: instanceServerName(name, namespace) });
    const heardAt = held?.heardAt ?? new Map<string, Moment>();
    const made = { tls, client, streams: new Map<string, EventStream>(), heardAt };
    this.#clusters.set(key, made);
    return made;
  }

  #keepStreams(key: string, { client, streams }: ClusterLinks, targets: readonly InstanceTarget[]): void {
    const wanted = new Map(targets.map((target) => [`${target.uid}@${target.ip}`, target]));
    for (const [id, stream] of streams) {
      if (wanted.has(id)) continue;
      stream.close();
      streams.delete(id);
    }
    for (const [id, { ip }] of wanted) {
      if (streams.has(id)) continue;
      const events = (signal: AbortSignal) => client.events({ host: ip, port: Port.control }, signal);
      streams.set(id, new EventStream({ ...this.#ports, events, onHeard: () => this.#ports.onHeard(key) }));
    }
  }

  #close(key: string): void {
    const held = this.#clusters.get(key);
    for (const stream of held?.streams.values() ?? []) stream.close();
    held?.client.close();
    this.#clusters.delete(key);
  }
}

const keyOf = ({ metadata }: RedisCluster): string => `${metadata.namespace}/${metadata.name}`;
