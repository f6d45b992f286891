import type { Duration } from '../../time/units.ts';

/**
 * What a failover's time goes into, in order. `detect` from when the old primary was last heard to the first step against it
 * (of one that ended: from when that was heard); `decide` from there until its successor was chosen: fence, promises, and
 * all waits; `record` the write of the tenure; `promote` and `route` side by side: the command to the successor, and the
 * write that moves the leader Service; `confirm` until the successor's word that it takes writes was recorded.
 */
export const phaseNames = ['detect', 'decide', 'record', 'promote', 'route', 'confirm'] as const;
export type Phase = (typeof phaseNames)[number];

export type PhaseLengths = ReadonlyMap<Phase, Duration>;

/** In words: `detect 3 ms, decide 0 ms, …`. */
export const describePhases = (lengths: PhaseLengths): string =>
  phaseNames
    .flatMap((phase) => {
      const length = lengths.get(phase);
      return length === undefined ? [] : [`${phase} ${Math.round(length)} ms`];
    })
    .join(', ');
