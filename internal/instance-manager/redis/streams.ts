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
  const to = [...replication].flatMap(([field, value]) => {
    const fields = /^slave\d+$/.test(field) ? entryFields(value) : undefined;
    const streams = fields?.get('state') === 'online' && Number(fields.get('lag') ?? 9) <= 1;
    return streams ? [fields.get('ip') ?? ''] : [];
  });
  return { to, keptBackAtMost: Math.max(hardLimit, Number(settings.get('repl-backlog-size') ?? 0)) };
}

/** Milliseconds, as Redis has it by default: more than a look may be old (last-streams.ts), and an acknowledgement at that time. */
const leastThreshold = 5_000;
