import { describeError } from '../../../errors.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import type { Ports, RunningProcess } from '../../../instance-manager/ports.ts';
import type { Supervisor } from '../../../instance-manager/supervisor.ts';
import { after, between, type Duration, type Moment, seconds } from '../../../time/units.ts';

/** How often it is asked again when it refuses, for instance while its first append-only file is being written. */
const askEvery = seconds(1);
/**
 * How long before the limit it is told to end whatever it is doing. Must exceed the time in which Redis closes its
 * files, and be small against the limit: until then everything can still be saved.
 */
const lastCall = seconds(10);

/**
 * Ends redis-server in order: SHUTDOWN lets it hand its replicas what they lack and write its data set. What has not
 * ended within `limit` is killed: the kubelet would do the same a moment later, to us as well.
 */
export async function stopInOrder(
  supervisor: Supervisor,
  ports: Ports,
  cell: FactsCell,
  limit: Duration,
): Promise<void> {
  cell.change({ stopping: true });
  await endInOrder(supervisor, ports, cell, limit);
}

/** As `stopInOrder`, while the manager lives on. */
export async function endInOrder(
  supervisor: Supervisor,
  ports: Ports,
  cell: FactsCell,
  limit: Duration,
): Promise<void> {
  const { child } = supervisor;
  if (child === undefined) return;
  const { clock, log } = ports;
  log.info('stopping redis-server', { pid: child.pid });
  const end = after(clock.monotonic(), limit);
  const cancel = clock.schedule(limit, () => {
    log.error('redis-server has not ended in time and is killed', { pid: child.pid });
    child.signal('SIGKILL');
  });
  await insist(child, ports, cell, end);
  cancel();
}

async function insist(child: RunningProcess, ports: Ports, cell: FactsCell, end: Moment): Promise<void> {
  const ended = child.exited.then(() => true as const);
  for (;;) {
    const left = between(ports.clock.monotonic(), end);
    // One that has never answered has nothing to save, and no socket to be asked at.
    if (cell.current.process.answeredAt === undefined) child.signal('SIGTERM');
    else await Promise.race([ended, ask(ports, left)]);
    if (await Promise.race([ended, ports.clock.sleep(askEvery).then(() => false)])) return;
  }
}

/** The connection breaks when it obeys; every other answer, and none in time, is a refusal. */
async function ask({ clock, redis, log }: Ports, left: Duration): Promise<void> {
  try {
    const mode = left <= lastCall ? 'FORCED' : 'AS CONFIGURED';
    await redis.shutdown(mode, clock.deadline(left > askEvery ? left : askEvery));
  } catch (failure) {
    if (!hasCode(failure, 'unreachable')) {
      log.warn('redis-server was asked to end, and does not', { because: describeError(failure) });
    }
  }
}

const hasCode = (failure: unknown, code: string): boolean =>
  failure instanceof Error && failure.name === code;
