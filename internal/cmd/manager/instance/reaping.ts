import type { RunningProcess } from '../../../instance-manager/ports.ts';
import { orphans } from '../../../instance-manager/process/reap.ts';
import { loadWaitPid } from '../../../instance-manager/process/waitpid.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { seconds } from '../../../time/units.ts';

/** Orphans are rare: what `kubectl exec` leaves behind. A look costs a reading of /proc, and a zombie costs a pid. */
const lookEvery = seconds(30);

/** As PID 1, waits for processes that lost their parent; never for redis-server, whose exit is its supervisor's. */
export async function keepReaping(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  child: () => RunningProcess | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (process.pid !== 1) return;
  const waitPid = await loadWaitPid();
  if (waitPid === undefined) log.warn('orphans cannot be reaped: foreign functions are not available');
  while (!signal.aborted && waitPid !== undefined) {
    await clock.sleep(lookEvery, signal);
    const before = child()?.pid;
    for (const pid of await orphans(process.pid, new Set())) {
      if (pid !== before && pid !== child()?.pid) waitPid(pid);
    }
  }
}
