import { type Chance, chanceOf } from './chance.ts';

/** Whom a fault meets: the primary of the moment at which it comes, or the instance with this ordinal. */
export type Victim = 'primary' | 0 | 1 | 2;

/**
 * `kill` SIGKILL of redis-server; `stop` SIGSTOP of it, for a while; `blind` its instance cannot reach the API server;
 * `restart` SIGTERM of its manager; `delete` of its pod; `operator` is ended, and another one started after a while;
 * `api` cannot be reached by anybody.
 */
export type Fault =
  | { readonly kind: 'kill' | 'restart' | 'delete'; readonly victim: Victim }
  | { readonly kind: 'stop' | 'blind'; readonly victim: Victim; readonly forMs: number }
  | { readonly kind: 'operator' | 'api'; readonly forMs: number };

export interface Timed {
  /** Since the start of the schedule. */
  readonly atMs: number;
  readonly fault: Fault;
}

const mostFaults = 4;
const span = 2500;
const longest = 4000;

/** One to four faults within two and a half seconds, each of which may last longer than that. The seed decides all. */
export function scheduleOf(seed: number): readonly Timed[] {
  const chance = chanceOf(seed);
  const count = 1 + chance.below(mostFaults);
  const faults = Array.from({ length: count }, () => ({
    atMs: chance.below(span),
    fault: anyFault(chance),
  }));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function anyFault(chance: Chance): Fault {
  const forMs = 50 + chance.below(longest);
  // Half of all meet the primary: that is where something can be lost.
  const victim = chance.pick<Victim>(['primary', 'primary', 'primary', 0, 1, 2]);
  const kind = chance.pick(['kill', 'kill', 'kill', 'stop', 'blind', 'restart', 'delete', 'operator', 'api']);
  switch (kind) {
    case 'operator':
    case 'api':
      return { kind, forMs };
    case 'stop':
    case 'blind':
      return { kind, victim, forMs };
    default:
      return { kind, victim };
  }
}

export const tell = (schedule: readonly Timed[]): string =>
  schedule.map(({ atMs, fault }) => `${atMs} ms ${Object.values(fault).join(' ')}`).join(', ');
