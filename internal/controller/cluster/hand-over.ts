import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import { releaseLimit } from '../../control/switchover.ts';
import { between } from '../../time/units.ts';
import { nominate, targetIn } from './effects.ts';
import type { FailoverStep } from './failover/step.ts';
import type { Ports } from './ports.ts';
import { recordRefusal } from './record.ts';
import type { SwitchoverStep } from './switchover/decide.ts';
import type { ClusterView } from './view.ts';

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
 * Gets the primary to release its term, so that a successor can be recorded: on the very version of the cluster that the
 * release was asked for on. A refusal is recorded too: the newer version makes a primary go on that has released all the
 * same. Rejects with a KubeError when that is not written.
 */
export async function arrange(
  planned: SwitchoverStep,
  { cluster, view, failover }: Arranging,
  ports: Ports,
  signal: AbortSignal,
): Promise<Arranged> {
  const goesOn = async (refusal: Refusal): Promise<Arranged> => ({
    cluster: await recordRefusal({ ...refusal, from: primaryOf(view) }, { cluster, view }, ports, signal),
    step: failover,
  });
  switch (planned.kind) {
    case 'none':
    case 'wait':
    case 'rest':
      return { cluster, step: failover };
    case 'recall':
      return await goesOn({ because: 'a hand-over was broken off', refused: planned.because });
    case 'refuse': {
      const { because, requested, to } = planned.wish;
      return await goesOn({ because, requested, to, refused: planned.because });
    }
    case 'handOver': {
      const refused = await release(planned, { cluster, view, failover }, ports, signal);
      if (refused === undefined) return { cluster, step: planned.appoint };
      ports.memory.of(cluster.metadata).handoverRefused();
      const { because, requested } = planned.wish;
      return await goesOn({ because, requested, to: planned.appoint.pod, refused });
    }
  }
}

interface Refusal {
  readonly because: string;
  readonly refused: string;
  readonly to?: string | undefined;
  readonly requested?: string | undefined;
}

/** Undefined once the primary has released its term to the candidate, and it is not too late to record that. */
async function release(
  { appoint, address }: SwitchoverStep & { readonly kind: 'handOver' },
  { cluster, view }: Arranging,
  ports: Ports,
  signal: AbortSignal,
): Promise<string | undefined> {
  const target = targetIn(view, primaryOf(view));
  const { term = 0 } = cluster.status ?? {};
  const { resourceVersion = '' } = cluster.metadata;
  if (target === undefined) return 'the primary has no address';
  const askedAt = ports.clock.monotonic();
  nominate(appoint, { cluster, view }, ports, signal);
  const order = { kind: 'switchover', term, candidate: appoint.pod, address, resourceVersion } as const;
  const report = await ports.instances.command(cluster, target, order, signal);
  if (report === undefined) return `${target.pod} did not release its term: the operator's log says why`;
  const { released } = report;
  const isOurs = released?.candidate === appoint.pod && released.resourceVersion === resourceVersion;
  if (!isOurs) return `${target.pod} has not released its term to ${appoint.pod}`;
  return between(askedAt, ports.clock.monotonic()) > releaseLimit
    ? 'the operator was held up meanwhile'
    : undefined;
}

const primaryOf = ({ tenure }: ClusterView): string => (tenure.kind === 'held' ? tenure.target : '');
