import { describeError } from '../../../errors.ts';
import { type Libc, loadLibc } from '../../../instance-manager/process/libc.ts';
import { orphans } from '../../../instance-manager/process/reap.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { seconds } from '../../../time/units.ts';

/** Orphans are rare: what `kubectl exec` leaves behind. A look costs a reading of /proc, and a zombie costs a pid. */
const lookEvery = seconds(10);

/** As PID 1, waits for processes that lost their parent; never for `ours`, whose exits are waited for already. */
export async function keepReaping(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  ours: () => readonly number[],
  signal: AbortSignal,
): Promise<void> {
  if (process.pid !== 1) return;
  const libc = tryToLoad(log);
  while (!signal.aborted && libc !== undefined) {
    await clock.sleep(lookEvery, signal);
    const before = ours();
    for (const pid of orphans(process.pid)) {
      if (!before.includes(pid) && !ours().includes(pid)) libc.collect(pid);
    }
  }
}

function tryToLoad(log: Logger): Libc | undefined {
  try {
    return loadLibc();
  } catch (failure) {
    log.warn('orphans cannot be reaped', { because: describeError(failure) });
    return undefined;
  }
}
