import { invariant } from '../../errors.ts';
import type { Address } from '../../instance-manager/decide.ts';
import { linkTimeout, load, silentStart, transfer } from './limits.ts';
import { bytesOf, type Piece } from './piece.ts';
import type { SimRedis } from './server.ts';

export type LinkState = 'connecting' | 'transfer' | 'loading' | 'streaming' | 'ended';

interface Snapshot {
  readonly data: readonly number[];
  readonly offset: number;
  readonly replicationId: string;
}

/** One connection of a replica to whom it follows, from the first word to its end on both sides. */
export class ReplicationLink {
  readonly #replica: SimRedis;
  readonly #address: Address;
  readonly #since: number;
  #upstream: SimRedis | undefined;
  state: LinkState = 'connecting';
  acked = 0;
  ackedAt: number;
  #heardAt: number;
  /** Up to where the stream was handed to the network. */
  #sent = 0;
  #streamsFrom = 0;
  #pumping = false;
  #stalled = false;
  #delay = 0;
  #attached = false;
  /** An offset that the upstream had after the link came up. */
  #goal = Number.POSITIVE_INFINITY;
  /** Since when the replica has had all up to there: it is in sync, whether or not anybody can tell. */
  caughtUpAt: number | undefined;

  constructor(replica: SimRedis, address: Address) {
    this.#replica = replica;
    this.#address = address;
    this.#since = replica.now;
    this.#heardAt = replica.now;
    this.ackedAt = replica.now;
    this.#call();
  }

  get upstream(): SimRedis | undefined {
    return this.#upstream;
  }

  get isGood(): boolean {
    return this.state === 'streaming' && this.#replica.now - this.ackedAt <= linkTimeout;
  }

  /** The network is whole again: what was held up goes on its way. */
  retry(): void {
    this.#stalled = false;
    this.pump();
  }

  /** The replica's own look at the clock. */
  check(): void {
    const { now } = this.#replica;
    const since = this.state === 'streaming' ? this.#heardAt : this.#since;
    if (now - since > linkTimeout) this.end('replica');
    else if (this.state === 'streaming') this.#ack();
  }

  /** What comes over this link alone takes so much longer, in milliseconds. */
  delayBy(more: number): void {
    this.#delay += more;
  }

  askForAck(): void {
    this.#toReplica(() => this.#ack());
  }

  /** Hands on what has been in the stream for as long as its way takes. */
  pump(): void {
    const upstream = this.#upstream;
    if (upstream === undefined || !this.#attached || this.#pumping || this.#stalled) return;
    if (this.#sent >= upstream.offset) return;
    const next = firstAfter(upstream.backlog, this.#sent);
    if (next === undefined) return;
    this.#pumping = true;
    const due = Math.max(next.at + this.#delay, this.#streamsFrom) - upstream.now;
    upstream.parts.process.scheduler.after(due, () => this.#deliver(upstream));
  }

  /** `who` has ended it; the other side hears of it if it can. */
  end(who: 'replica' | 'upstream'): void {
    if (this.state === 'ended') return;
    const wasUp = this.state === 'streaming';
    const upstream = this.#upstream;
    if (who === 'replica') {
      this.#closeAtReplica(wasUp);
      if (upstream === undefined) return;
      this.#toUpstream(upstream, () => this.#closeAtUpstream());
      return;
    }
    this.#closeAtUpstream();
    // What was sent before still arrives; only then the end of the connection does. At first nothing is sent.
    const hasBegun = upstream !== undefined && upstream.now >= this.#streamsFrom;
    const flush = hasBegun ? piecesAfter(upstream.backlog, this.#sent) : [];
    this.#toReplica(() => {
      if (this.state === 'ended') return;
      if (wasUp) this.#receive(flush);
      this.#closeAtReplica(wasUp);
    });
  }

  #call(): void {
    const { world, process, address } = this.#replica.parts;
    const upstream = world.redisAt(this.#address);
    if (
      upstream?.listens === false ||
      upstream === undefined ||
      (!upstream.alive && !world.network.isGone(upstream.parts.process.node))
    ) {
      process.later(world.network.delay(process.node, process.node), () => this.#closeAtReplica(false));
      return;
    }
    this.#upstream = upstream;
    this.#delay = world.network.delay(upstream.parts.process.node, process.node);
    this.#toUpstream(upstream, () => {
      if (this.state === 'ended' || address.host === this.#address.host) return;
      const open =
        upstream.answers && !upstream.loading && (upstream.follows === undefined || upstream.streams);
      if (!open) this.#toReplica(() => this.#closeAtReplica(false));
      else if (this.#canContinue(upstream)) this.#continue(upstream);
      else this.#sendAll(upstream);
    });
  }

  #canContinue(upstream: SimRedis): boolean {
    const { replicationId, offset } = this.#replica;
    const { second } = upstream;
    const shared =
      replicationId === upstream.replicationId || (replicationId === second.id && offset <= second.upTo);
    return shared && offset >= upstream.backlogFrom && offset <= upstream.offset;
  }

  #continue(upstream: SimRedis): void {
    const { replicationId } = upstream;
    this.#attach(upstream, this.#replica.offset);
    this.#streamsFrom = upstream.now;
    this.#toReplica(() => {
      if (this.state === 'ended') return;
      const replica = this.#replica;
      if (replica.replicationId !== replicationId) {
        replica.second = { id: replica.replicationId, upTo: replica.offset };
        replica.replicationId = replicationId;
        for (const link of [...replica.replicas]) link.end('upstream');
      }
      this.#isUp('Successful partial resynchronization');
      this.pump();
    });
  }

  /** A full sync: a copy of everything, and the stream from there on. */
  #sendAll(upstream: SimRedis): void {
    const { chance } = this.#replica.parts.world;
    upstream.parts.process.later(chance.between(1, 20), () => {
      if (this.state === 'ended') return;
      const snapshot = {
        data: [...upstream.data],
        offset: upstream.offset,
        replicationId: upstream.replicationId,
      };
      this.#attach(upstream, snapshot.offset);
      this.#toReplica(() => {
        if (this.state === 'ended') return;
        this.state = 'transfer';
        this.#replica.parts.onLine('Full resync from master');
        this.#replica.parts.process.later(chance.between(transfer.least, transfer.most), () =>
          this.#load(snapshot),
        );
      });
    });
  }

  /** From here on the replica has nothing of its own any more, whatever becomes of the link. */
  #load(snapshot: Snapshot): void {
    const replica = this.#replica;
    const { world, process, onLine } = replica.parts;
    if (this.state === 'ended') return;
    if (
      this.#upstream === undefined ||
      world.network.isCut(this.#upstream.parts.process.node, process.node)
    ) {
      this.end('replica');
      return;
    }
    this.state = 'loading';
    world.witness.emptied(replica, snapshot.data);
    replica.data = [];
    replica.dataAt = [];
    replica.loading = true;
    for (const link of [...replica.replicas]) link.end('upstream');
    onLine('MASTER <-> REPLICA sync: Flushing old data');
    process.later(world.chance.between(load.least, load.most), () => {
      replica.data = [...snapshot.data];
      replica.dataAt = snapshot.data.map(() => replica.now);
      replica.backlog = [];
      replica.backlogFrom = snapshot.offset;
      replica.offset = snapshot.offset;
      replica.replicationId = snapshot.replicationId;
      replica.second = { id: '', upTo: -1 };
      replica.loading = false;
      if (this.state === 'ended') return onLine('MASTER <-> REPLICA sync: Finished, and the link is gone');
      this.#streamsFrom = replica.now + world.chance.between(0, silentStart);
      this.#isUp('MASTER <-> REPLICA sync: Finished with success');
      this.pump();
    });
  }

  #isUp(line: string): void {
    this.state = 'streaming';
    this.#heardAt = this.#replica.now;
    this.#goal = this.#upstream?.offset ?? this.#goal;
    this.#lookAtGoal();
    this.#replica.parts.onLine(line);
    this.#ack();
  }

  #attach(upstream: SimRedis, sent: number): void {
    if (upstream.backlog.length === 0 && upstream.replicas.size === 0) upstream.backlogFrom = upstream.offset;
    this.#attached = true;
    this.#sent = sent;
    this.ackedAt = upstream.now;
    upstream.replicas.add(this);
  }

  #deliver(upstream: SimRedis): void {
    this.#pumping = false;
    if (this.state !== 'streaming' || !this.#attached) return;
    const { network } = this.#replica.parts.world;
    const { process } = this.#replica.parts;
    if (network.isCut(upstream.parts.process.node, process.node)) {
      this.#stalled = true;
      return;
    }
    const before = upstream.now - this.#delay;
    const pieces = piecesAfter(upstream.backlog, this.#sent).filter((piece) => piece.at <= before + 0.001);
    this.#sent = pieces.at(-1)?.end ?? this.#sent;
    process.act(() => this.#receive(pieces));
    this.pump();
  }

  #receive(pieces: readonly Piece[]): void {
    const replica = this.#replica;
    if (this.state !== 'streaming' || replica.upstream !== this) return;
    this.#heardAt = replica.now;
    for (const piece of pieces) {
      if (piece.end <= replica.offset) continue;
      invariant(piece.end - bytesOf(piece) === replica.offset, 'a replication stream has no holes');
      replica.take({ ...piece, at: replica.now });
    }
    this.#lookAtGoal();
    if (this.#upstream?.hasWaiters) this.#ack();
  }

  #lookAtGoal(): void {
    const { offset, now } = this.#replica;
    if (offset < this.#goal) return;
    this.caughtUpAt ??= now;
    if (this.#upstream !== undefined) this.#replica.caughtUpWith.add(this.#upstream);
  }

  #ack(): void {
    const upstream = this.#upstream;
    if (this.state !== 'streaming' || upstream === undefined) return;
    const { offset } = this.#replica;
    this.#toUpstream(upstream, () => {
      if (!upstream.replicas.has(this)) return;
      this.acked = Math.max(this.acked, offset);
      this.ackedAt = upstream.now;
      upstream.acked();
    });
  }

  #closeAtReplica(wasUp: boolean): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    const replica = this.#replica;
    if (replica.upstream === this) replica.upstream = undefined;
    if (wasUp && replica.alive) replica.parts.onLine('Connection with master lost.');
  }

  #closeAtUpstream(): void {
    this.#attached = false;
    this.#upstream?.replicas.delete(this);
  }

  #toReplica(run: () => void): void {
    const upstream = this.#upstream;
    const { process, world } = this.#replica.parts;
    const from = upstream?.parts.process.node ?? process.node;
    world.network.send(from, process.node, () => process.act(run));
  }

  #toUpstream(upstream: SimRedis, run: () => void): void {
    const { process, world } = this.#replica.parts;
    world.network.send(process.node, upstream.parts.process.node, () => upstream.parts.process.act(run));
  }
}

function indexAfter(backlog: readonly Piece[], offset: number): number {
  let [low, high] = [0, backlog.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((backlog[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

const firstAfter = (backlog: readonly Piece[], offset: number): Piece | undefined =>
  backlog[indexAfter(backlog, offset)];
const piecesAfter = (backlog: readonly Piece[], offset: number): readonly Piece[] =>
  backlog.slice(indexAfter(backlog, offset));
