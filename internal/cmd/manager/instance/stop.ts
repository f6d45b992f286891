import { describeError } from '../../../errors.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import type { Supervisor } from '../../../instance-manager/supervisor.ts';
import type { Duration } from '../../../time/units.ts';

/**
 * Ends redis-server in order: SHUTDOWN lets it hand its replicas what they lack and write its data set. What has not
 * ended within `limit` is killed: the kubelet would do the same a moment later, to us as well.
 */
export async function stopInOrder(
  supervisor: Supervisor,
  { clock, log, redis }: Ports,
  cell: FactsCell,
  limit: Duration,
): Promise<void> {
  cell.change({ stopping: true });
  const { child } = supervisor;
  if (child === undefined) return;
  log.info('stopping redis-server', { pid: child.pid });
  const deadline = clock.deadline(limit);
  const asked = redis.shutdown('AS CONFIGURED', deadline).catch((failure) => {
    // The connection breaks when it obeys; whether it did is told by its end.
    log.debug('the answer to SHUTDOWN', { because: describeError(failure) });
  });
  await Promise.race([child.exited, asked]);
  const cancel = clock.schedule(limit, () => child.signal('SIGKILL'));
  if (cell.current.process.answeredAt === undefined) child.signal('SIGTERM');
  await child.exited;
  cancel();
}
