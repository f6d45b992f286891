import { type Duration, milliseconds } from '../../time/units.ts';
import { type Info, numberIn } from './info.ts';

/** Far below what any disk in use writes: where nothing was saved yet, a guess must be too long rather than too short. */
const slowestDisk = 20 * 2 ** 20;
/** Room for what came since the last one, and for a disk that is busier now. */
const margin = 2;

/** How long writing the data set as an RDB may take, by the last times it was written, or else by its size. */
export function savingTakes(info: Info): Duration {
  const known = ['rdb_last_bgsave_time_sec', 'aof_last_rewrite_time_sec']
    .map((field) => numberIn(info, field) ?? -1)
    .filter((seconds) => seconds >= 0);
  // Whole seconds, rounded down.
  if (known.length > 0) return milliseconds((Math.max(...known) + 1) * 1000 * margin);
  return milliseconds(((numberIn(info, 'used_memory') ?? 0) / slowestDisk) * 1000);
}
