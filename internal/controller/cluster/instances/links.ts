import { instanceServerName, Port } from '../../../../api/v1/names.ts';
import type { RedisCluster } from '../../../../api/v1/redis-cluster.ts';
import {
  type ControlClient,
  type ControlIdentity,
  isLastingRefusal,
  isRefusal,
} from '../../../control/client.ts';
import { leasePolicy } from '../../../control/lease.ts';
import type { Command, InstanceEvent, InstanceReport } from '../../../control/protocol.ts';
import { releaseLimit } from '../../../control/switchover.ts';
import { describeError, invariant } from '../../../errors.ts';
import type { Logger } from '../../../log/logger.ts';
import type { ControlTls } from '../../../pki/tls.ts';
import { awaitedNoMore, type Clock } from '../../../time/clock.ts';
import { type Duration, milliseconds, minutes, seconds } from '../../../time/units.ts';
import { silenceSeconds } from '../failover/policy.ts';
import type { GrantedTenure, InstanceCommand, Instances, InstanceTarget, Upgraded } from '../ports.ts';
import type { Sighting } from '../view.ts';
import { Contacts } from './contacts.ts';
import { EventStream } from './event-stream.ts';
import type { OwnBinary } from './own-binary.ts';
import { type Answer, Vigil } from './vigil.ts';

export interface LinkPorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** What the operator shows to the instances of a cluster, and trusts there; undefined while it is not made yet. */
  tlsOf(cluster: RedisCluster): ControlTls | undefined;
  /** Makes the connections to the instances of one cluster. */
  connect(identity: ControlIdentity): InstanceClient;
  /** Our own, to be sent to instances; undefined where there is none, as for an operator that runs from source. */
  readonly binary: Pick<OwnBinary, 'version' | 'facts' | 'open'> | undefined;
  /** This process surely holds the operators' Lease: only then may it let a primary write. */
  mayGrant(): boolean;
  /** Something was heard from an instance of the cluster with this key, or one that was heard fell silent. */
  onHeard(key: string): void;
}

/** What of a ControlClient is used here; the simulated world has one of its own. */
export type InstanceClient = Pick<
  ControlClient,
  'report' | 'command' | 'grant' | 'events' | 'upgrade' | 'close'
>;

/** An instance answers within milliseconds; one that takes a second is as good as silent. */
const answerLimit: Duration = seconds(1);
/** When something is wrong already, nobody who may be dead too is waited for longer: a failover waits meanwhile. */
const urgentLimit: Duration = milliseconds(300);
/** For whoever missed the last question: it is answered within this, or heard of when it is. */
const missedLimit: Duration = milliseconds(20);
/** A command takes an fsync at most; whoever takes longer reads the record itself. */
const commandLimit: Duration = milliseconds(500);
/** A binary of 120 MB, and what the instance does to find out whether it is fit. */
const upgradeLimit: Duration = minutes(3);

interface ClusterLinks {
  readonly tls: ControlTls;
  readonly client: InstanceClient;
  readonly streams: Map<string, EventStream>;
  readonly contacts: Contacts;
  readonly vigil: Vigil;
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
    const key = keyOf(cluster);
    this.#keepStreams(key, links, targets);
    links.contacts.keepOnly(new Set(targets.map(({ uid }) => uid)));
    const limit = links.contacts.someoneMissed ? urgentLimit : answerLimit;
    const askedAt = this.#ports.clock.monotonic();
    const asked = targets.map(async (target) => {
      const lastWords = links.contacts.lastWords(target.uid);
      if (lastWords !== undefined)
        return { target, sighting: { kind: 'reported', report: lastWords } as const };
      const missed = links.contacts.of(target.uid).missed;
      const sighting = missed
        ? await this.#listen(key, target, signal)
        : await this.#ask(key, target, this.#ports.clock.deadline(limit, signal));
      return { target, sighting };
    });
    const seen = await Promise.all(asked);
    return new Map(
      seen.map(({ target: { pod, uid }, sighting }) => [pod, links.contacts.newest(uid, sighting, askedAt)]),
    );
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
    const patience = kind === 'switchover' ? releaseLimit : commandLimit;
    const limit = this.#ports.clock.deadline(patience, signal);
    try {
      const report = await links.client.command({ host: ip, port: Port.control }, kind, body, limit);
      links.contacts.heard(uid, report);
      return report;
    } catch (failure) {
      this.#ports.log.info('a command was not obeyed', { pod, kind, because: describeError(failure) });
      return undefined;
    }
  }

  async upgrade(cluster: RedisCluster, target: InstanceTarget, term: number): Promise<Upgraded> {
    const links = this.#linksOf(cluster);
    const { binary, clock } = this.#ports;
    if (links === undefined || binary === undefined)
      return { kind: 'refused', because: 'this operator has no binary to send' };
    try {
      const command = { podUID: target.uid, term, version: binary.version, ...(await binary.facts()) };
      const endpoint = { host: target.ip, port: Port.control };
      const limit = clock.deadline(upgradeLimit);
      const report = await links.client.upgrade(endpoint, command, binary.open(), limit);
      links.contacts.heard(target.uid, report);
      return { kind: 'taken' };
    } catch (failure) {
      return { kind: isLastingRefusal(failure) ? 'refused' : 'notNow', because: describeError(failure) };
    } finally {
      // Whoever asked hears of what came of it first.
      clock.schedule(milliseconds(0), () => this.#ports.onHeard(keyOf(cluster)));
    }
  }

  grant(cluster: RedisCluster, tenure: GrantedTenure | undefined): void {
    const { grantEvery, suspicion } = leasePolicy(silenceSeconds(cluster.spec));
    // Without certificates there is nobody to grant anything; a withdrawal counts in any case.
    const links = tenure === undefined ? this.#clusters.get(keyOf(cluster)) : this.#linksOf(cluster);
    links?.vigil.grant(tenure, { grantEvery, suspicion });
  }

  forget({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    this.#close(`${namespace}/${name}`);
  }

  /** Ends everything. */
  close(): void {
    for (const key of [...this.#clusters.keys()]) this.#close(key);
  }

  async #ask(key: string, { uid, ip }: InstanceTarget, signal: AbortSignal): Promise<Sighting> {
    const { client, contacts } = this.#held(key);
    const { waiting } = contacts.of(uid);
    // Asked again and again: a signal made of two others would cost more than the question.
    const limit = new AbortController();
    const giveUp = (): void => limit.abort(awaitedNoMore);
    const end = (): void => limit.abort(signal.reason);
    waiting.add(giveUp);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      const report = await client.report({ host: ip, port: Port.control }, limit.signal);
      contacts.heard(uid, report);
      return { kind: 'reported', report };
    } catch (failure) {
      // Why another question of it went unanswered is told already, and is the reason for this one too.
      const gaveUp = limit.signal.reason === awaitedNoMore;
      contacts.missed(uid, gaveUp ? contacts.of(uid).why : describeError(failure));
      return contacts.silence(uid);
    } finally {
      waiting.delete(giveUp);
      signal.removeEventListener('abort', end);
    }
  }

  /** Whoever missed the last question is asked again, but not waited for: an answer makes for another look. */
  async #listen(key: string, target: InstanceTarget, signal: AbortSignal): Promise<Sighting> {
    const { contacts } = this.#held(key);
    const contact = contacts.of(target.uid);
    contact.asking ??= this.#askAgain(key, target);
    const answered = new AbortController();
    const patience = this.#ports.clock.sleep(missedLimit, AbortSignal.any([signal, answered.signal]));
    await Promise.race([contact.asking, patience]);
    answered.abort(awaitedNoMore);
    return contact.missed || contact.last === undefined
      ? contacts.silence(target.uid)
      : { kind: 'reported', report: contact.last };
  }

  async #askAgain(key: string, target: InstanceTarget): Promise<void> {
    const contact = this.#held(key).contacts.of(target.uid);
    const sighting = await this.#ask(key, target, this.#ports.clock.deadline(answerLimit));
    contact.asking = undefined;
    if (sighting.kind === 'reported') this.#ports.onHeard(key);
  }

  /** New certificates mean new connections; what is known of the instances stays. */
  #linksOf(cluster: RedisCluster): ClusterLinks | undefined {
    const tls = this.#ports.tlsOf(cluster);
    if (tls === undefined) return undefined;
    const key = keyOf(cluster);
    const held = this.#clusters.get(key);
    if (held !== undefined && held.tls.cert === tls.cert && held.tls.ca === tls.ca) return held;
    if (held !== undefined) disconnect(held);
    const { name, namespace } = cluster.metadata;
    const client = this.#ports.connect({ ...tls, serverName: instanceServerName(name, namespace) });
    const contacts = held?.contacts ?? new Contacts(this.#ports.clock);
    const vigil = held?.vigil ?? this.#vigilOver(key);
    const made = { tls, client, streams: new Map<string, EventStream>(), contacts, vigil };
    this.#clusters.set(key, made);
    return made;
  }

  #held(key: string): ClusterLinks {
    const held = this.#clusters.get(key);
    invariant(held !== undefined, `${key} is linked while it is asked`);
    return held;
  }

  #vigilOver(key: string): Vigil {
    const { clock } = this.#ports;
    const endpoint = ({ ip }: GrantedTenure) => ({ host: ip, port: Port.control });
    return new Vigil({
      clock,
      ask: async (tenure, signal) => ({
        kind: 'report',
        report: await this.#held(key).client.report(endpoint(tenure), signal),
      }),
      grant: async (tenure, asOf, signal) => {
        const { term, podUID } = tenure;
        const order = { term, podUID, asOf };
        const { client, contacts } = this.#held(key);
        // A manager that was made before there were lines goes on for as long as its pod.
        const takesLines = contacts.of(podUID).last?.grantLines === true;
        return await answerTo(
          takesLines
            ? client.grant(endpoint(tenure), order, signal)
            : client.command(endpoint(tenure), 'lease', order, signal),
        );
      },
      mayGrant: () => this.#ports.mayGrant(),
      answered: ({ podUID }, answer) => {
        const report = answer.kind === 'report' ? answer.report : undefined;
        // A stream of events may be broken and not know it yet.
        if (this.#held(key).contacts.heard(podUID, report)) this.#ports.onHeard(key);
      },
      missed: ({ podUID }) => this.#held(key).contacts.missed(podUID, 'it does not answer in time'),
      onChange: () => this.#ports.onHeard(key),
    });
  }

  #keepStreams(
    key: string,
    { client, streams, contacts }: ClusterLinks,
    targets: readonly InstanceTarget[],
  ): void {
    const wanted = new Map(targets.map((target) => [`${target.uid}@${target.ip}`, target]));
    for (const [id, stream] of streams) {
      if (wanted.has(id)) continue;
      stream.close();
      streams.delete(id);
    }
    for (const [id, { ip, uid }] of wanted) {
      if (streams.has(id)) continue;
      const events = (signal: AbortSignal) => client.events({ host: ip, port: Port.control }, signal);
      const onHeard = (event: InstanceEvent | undefined): void => {
        if (event !== undefined) contacts.heard(uid, event.report);
        this.#ports.onHeard(key);
      };
      streams.set(id, new EventStream({ ...this.#ports, events, onHeard }));
    }
  }

  #close(key: string): void {
    const held = this.#clusters.get(key);
    held?.vigil.close();
    if (held !== undefined) disconnect(held);
    this.#clusters.delete(key);
  }
}

/** A refusal is an answer: whoever gives it is there. */
async function answerTo(report: Promise<InstanceReport>): Promise<Answer> {
  try {
    return { kind: 'report', report: await report };
  } catch (failure) {
    if (isRefusal(failure)) return { kind: 'refused' };
    throw failure;
  }
}

function disconnect({ streams, client }: ClusterLinks): void {
  for (const stream of streams.values()) stream.close();
  client.close();
}

const keyOf = ({ metadata }: RedisCluster): string => `${metadata.namespace}/${metadata.name}`;
