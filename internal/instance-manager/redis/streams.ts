import type { Streams } from '../../control/protocol.ts';
import { entryFields, type Info } from './info.ts';

/** The directives that this rests on. */
export const streamSettings: readonly string[] = [
  'client-output-buffer-limit',
  'repl-backlog-size',
  'busy-reply-threshold',
  'loglevel',
];

/**
 * The streams of a primary; undefined where nothing bounds them for sure. Redis 7 checks the hard limit whenever it adds a block
 * to what its replicas share, also in the middle of a command, and never takes one below the backlog. A replica reads
 * without limit while a script keeps it busy for longer than the threshold, and acknowledges nothing then: whoever has
 * done so within a second was not kept busy.
 */
export function streamsIn(replication: Info, settings: ReadonlyMap<string, string>): Streams | undefined {
  const hardLimit = Number(
    /(?:slave|replica) (\d+)/.exec(settings.get('client-output-buffer-limit') ?? '')?.[1] ?? 0,
  );
  const threshold = Number(settings.get('busy-reply-threshold') ?? 0);
  const tells = ['notice', 'verbose', 'debug'].includes(settings.get('loglevel') ?? '');
  if (hardLimit <= 0 || !tells || (threshold > 0 && threshold < leastThreshold)) return undefined;
  return {
    to: streamedTo(replication),
    keptBackAtMost: Math.max(hardLimit, Number(settings.get('repl-backlog-size') ?? 0)),
  };
}

/** Who acknowledges, by address. */
function streamedTo(replication: Info): readonly string[] {
  const to: string[] = [];
  for (const [field, value] of replication) {
    if (!field.startsWith('slave') || !/^slave\d+$/.test(field)) continue;
    const fields = entryFields(value);
    const streams = fields.get('state') === 'online' && Number(fields.get('lag') ?? 9) <= 1;
    if (streams) to.push(fields.get('ip') ?? '');
  }
  return to;
}

/** Milliseconds, as Redis has it by default: more than a look may be old (last-streams.ts), and an acknowledgement at that time. */
const leastThreshold = 5_000;
