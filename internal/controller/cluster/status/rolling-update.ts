import type { RedisClusterStatus } from '../../../../api/v1/redis-cluster.ts';
import { outdatedPods } from '../rollout/decide.ts';
import type { ClusterView } from '../view.ts';
import { bounded } from './bounded.ts';

type RollingUpdate = RedisClusterStatus['rollingUpdate'];

/**
 * Which pods are to be made anew, and why. It is told of until the last of them is whole: of the status before only that
 * there was an update is read, and nothing is decided by it.
 */
export function rollingUpdateOf(view: ClusterView, before: RollingUpdate, complete: boolean): RollingUpdate {
  const { tenure, reconcileDisabled, deleting } = view;
  if (tenure.kind !== 'held' || reconcileDisabled || deleting) return undefined;
  const outdated = outdatedPods(view).map(
    ({ instance: { name: pod }, reason: { name: reason, because } }) => ({
      pod,
      reason,
      because: bounded(because),
    }),
  );
  const [first] = outdated;
  if (first !== undefined) return { because: first.because, outdated };
  return before === undefined || complete ? undefined : { because: before.because, outdated };
}
