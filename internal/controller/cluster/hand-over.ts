import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { offerTakenIn } from '../../control/switchover.ts';
import { milliseconds } from '../../time/units.ts';
import { nominate, targetIn } from './effects.ts';
import { type FailoverStep, hold } from './failover/step.ts';
import type { InstanceCommand, Ports } from './ports.ts';
import { type Refused, recordOffer, recordRefusal } from './record.ts';
import type { SwitchoverStep } from './switchover/decide.ts';
import type { ClusterView } from './view.ts';

/** A promise that nobody has answered is asked for again this often: what was offered stays until then. */
const recallVisit = milliseconds(100);

export interface Arranging {
  readonly cluster: RedisCluster;
  readonly view: ClusterView;
  /** What failover has decided. */
  readonly failover: FailoverStep;
}

export interface Arranged {
  readonly cluster: RedisCluster;
  /** The appointment of the successor once the primary has released its term, what failover has decided otherwise. */
  readonly step: FailoverStep;
}

/**
 * Records whom the next term is offered to, and gets the primary to release its own. Where it does not, it is asked to promise
 * that it will not, and that is recorded, with the reason. Rejects with a KubeError when something is not written.
 */
export async function arrange(
  planned: SwitchoverStep,
  { cluster, view, failover }: Arranging,
  ports: Ports,
  signal: AbortSignal,
): Promise<Arranged> {
  const from = primaryOf(view);
  switch (planned.kind) {
    case 'none':
    case 'wait':
    case 'rest':
      return { cluster, step: failover };
    case 'recall': {
      const because = planned.offer.because ?? 'a hand-over was broken off';
      const refusal = { from, because, refused: planned.because, recalled: planned.offer.term };
      return await recall(refusal, { cluster, view, failover }, ports, signal);
    }
    case 'refuse': {
      const { because, requested, to } = planned.wish;
      const refusal = { from, because, requested, to, refused: planned.because };
      return { cluster: await recordRefusal(refusal, { cluster, view }, ports, signal), step: failover };
    }
    case 'handOver': {
      const { appoint, wish } = planned;
      nominate(appoint, { cluster, view }, ports, signal);
      const offering = planned.isOffered
        ? cluster
        : await recordOffer(appoint, { cluster, view }, ports, signal);
      // What was written is taken in by all who watch: they have done so before anybody's clients wait.
      if (!planned.isOffered) await ports.clock.sleep(offerTakenIn, signal);
      const refused = await release(planned, { cluster: offering, view }, ports, signal);
      if (refused === undefined) return { cluster: offering, step: appoint };
      ports.memory.of(cluster.metadata).handoverRefused();
      const { because, requested } = wish;
      const refusal = { from, because, requested, to: appoint.pod, refused, recalled: appoint.term };
      return await recall(refusal, { cluster: offering, view, failover }, ports, signal);
    }
  }
}

/** The primary promises first, so that it goes on for sure. Where nobody answers, nothing is known, and the offer stands. */
async function recall(
  refusal: Refused & { readonly recalled: number },
  { cluster, view, failover }: Arranging,
  ports: Ports,
  signal: AbortSignal,
): Promise<Arranged> {
  const order = { kind: 'recall', handover: refusal.recalled } as const;
  const promised = await command(order, { cluster, view }, ports, signal);
  if (promised === undefined) {
    const because = `${refusal.from} has yet to promise that it does not hand over: ${refusal.refused}`;
    return { cluster, step: hold(because, { recheckAfter: recallVisit, underWay: true }) };
  }
  return { cluster: await recordRefusal(refusal, { cluster, view }, ports, signal), step: failover };
}

/** Undefined once the primary has released its term to the candidate. */
async function release(
  { appoint, address }: SwitchoverStep & { readonly kind: 'handOver' },
  { cluster, view }: Pick<Arranging, 'cluster' | 'view'>,
  ports: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  const from = primaryOf(view);
  const order = { kind: 'switchover', candidate: appoint.pod, address, handover: appoint.term } as const;
  const report = await command(order, { cluster, view }, ports, signal);
  if (report === undefined) return `${from} did not release its term: the operator's log says why`;
  const isOurs = report.released?.candidate === appoint.pod && report.released.handover === appoint.term;
  return isOurs ? undefined : `${from} has not released its term to ${appoint.pod}`;
}

type Order = Extract<InstanceCommand, { readonly handover: number }>;
type WithoutTerm<Kind> = Kind extends unknown ? Omit<Kind, 'term'> : never;

/** To the primary, in its term. */
async function command(
  order: WithoutTerm<Order>,
  { cluster, view }: Pick<Arranging, 'cluster' | 'view'>,
  ports: Ports,
  signal: AbortSignal,
) {
  const target = targetIn(view, primaryOf(view));
  if (target === undefined) return undefined;
  const { term = 0 } = cluster.status ?? {};
  return await ports.instances.command(cluster, target, { ...order, term }, signal);
}

const primaryOf = ({ tenure }: ClusterView): string => (tenure.kind === 'held' ? tenure.target : '');
