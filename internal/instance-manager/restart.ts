import type { ProcessExit } from '../control/protocol.ts';
import { type Duration, milliseconds, seconds } from '../time/units.ts';

/** How one redis-server process went. */
export interface Life {
  /** It answered at least once, if only that it was loading. */
  readonly answered: boolean;
  readonly lasted: Duration;
}

export type Restart =
  | { readonly kind: 'restart'; readonly wait: Duration }
  | { readonly kind: 'giveUp'; readonly because: string };

/** A life as long as this clears what went before: the trouble has passed, and the next crash is a new one. */
export const longLife = seconds(60);
const firstWait = milliseconds(100);
/** A successor takes writes within 100 ms, and whatever starts on the machine meanwhile makes it later. */
export const successionTakes = milliseconds(100);
/** Far below the minutes that the kubelet would wait, and slow enough that a crash loop costs next to nothing. */
export const longestWait = seconds(10);
const startsTried = 3;

/**
 * What to do when redis-server ended without being asked. The first restart comes at once where it is `alone`, and
 * otherwise as soon as another instance can have taken over: it shall soon be a candidate again. One that cannot even start is a matter of its settings or
 * its files: ending the pod's container with its exit code shows that where people look, and the kubelet tries again.
 * `lives` holds every life of this manager, oldest first; it is never empty.
 */
export function decideRestart(lives: readonly Life[], { alone }: { readonly alone: boolean }): Restart {
  if (!lives.some((life) => life.answered)) return { kind: 'giveUp', because: 'it has never answered' };
  const recent = lives.slice(lives.findLastIndex((life) => life.lasted >= longLife) + 1);
  const stillborn = lives.length - 1 - lives.findLastIndex((life) => life.answered);
  if (stillborn >= startsTried) {
    return { kind: 'giveUp', because: `it has ended ${stillborn} times without answering once` };
  }
  const wait = waitBefore(recent.length);
  return { kind: 'restart', wait: alone || wait > successionTakes ? wait : successionTakes };
}

function waitBefore(recentCrashes: number): Duration {
  if (recentCrashes <= 1) return milliseconds(0);
  return milliseconds(Math.min(firstWait * 2 ** (recentCrashes - 2), longestWait));
}

/** A process's exit as its parent's exit code, in the shell's way: 128 and the signal's number for a signal. */
export function exitCodeOf(exit: ProcessExit, signalNumbers: Readonly<Record<string, number>>): number {
  if (exit.code !== undefined) return exit.code;
  return 128 + (signalNumbers[exit.signal ?? ''] ?? 0);
}

/** How it ended, in words. */
export const describeExit = (exit: ProcessExit): string =>
  exit.signal === undefined ? `code ${exit.code}` : `signal ${exit.signal}`;
