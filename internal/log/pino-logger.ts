import { pino } from 'pino';
import type { Clock } from '../time/clock.ts';
import { milliseconds } from '../time/units.ts';
import type { Logger } from './logger.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The log of a process: what is told is written together with what is told soon after. */
export interface ProcessLog {
  readonly log: Logger;
  /** Writes what is told and not written yet. Whoever makes a log calls it when the process exits, whatever for. */
  flush(): void;
}

/**
 * Longer than a failover takes: each write wakes whoever collects the logs of a node, and while one is under way everybody waits
 * for a processor. As much is lost where the process is killed.
 */
const writtenWithin = milliseconds(50);
/** More than this is written at once, however soon it was told. */
const mostHeldBack = 8 * 1024;

/**
 * Tells one JSON object a line on standard output, or in another open file, within 50 ms. An error is written at once, and all
 * before it: a crash must not swallow its own reason.
 */
export function createLog(level: LogLevel, clock: Clock, file = 1): ProcessLog {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const output = pino.destination({ dest: file, sync: true, minLength: mostHeldBack });
  let cancel: (() => void) | undefined;
  const flush = (): void => {
    if (cancel === undefined) return;
    cancel();
    cancel = undefined;
    output.flushSync();
  };
  const write = (line: string): void => {
    output.write(line);
    cancel ??= clock.schedule(writtenWithin, flush);
  };
  return { log: adapt(pino(options, { write }), flush), flush };
}

function adapt(target: pino.Logger, flush: () => void): Logger {
  return {
    debug: (message, fields) => target.debug(fields ?? {}, message),
    info: (message, fields) => target.info(fields ?? {}, message),
    warn: (message, fields) => target.warn(fields ?? {}, message),
    error: (message, fields) => {
      target.error(fields ?? {}, message);
      flush();
    },
    child: (fields) => adapt(target.child(fields), flush),
  };
}
