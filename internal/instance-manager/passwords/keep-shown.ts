import { describeError } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../time/clock.ts';
import { after, type Moment, seconds } from '../../time/units.ts';
import { type Address, followsSomebody } from '../decide.ts';
import type { FactsCell } from '../facts.ts';
import { passwordsToTry } from './decide.ts';

export interface ShownPorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Every password we know, the newest first. */
  known(): Promise<readonly string[]>;
  readonly upstream: {
    tryOut(address: Address, passwords: readonly string[], signal: AbortSignal): Promise<string | undefined>;
  };
  readonly redis: {
    readonly shown: string | undefined;
    show(password: string, signal: AbortSignal): Promise<void>;
  };
}

const answerLimit = seconds(1);
/** Redis itself tries to connect once a second. */
const tryEvery = seconds(1);

/**
 * Has redis-server show to the instance it follows a password that this one takes: at once when the link has broken, and the
 * newest as soon as it is taken there. Returns the look that is to be made now and then.
 */
export function keepShown(ports: ShownPorts, cell: FactsCell, signal: AbortSignal): () => Promise<void> {
  let trying = false;
  let notBefore: Moment | undefined;
  const look = async (): Promise<void> => {
    const { redis, link, process } = cell.current;
    if (trying || redis?.follows === undefined || process.state !== 'running') return;
    if (!followsSomebody(redis) || redis.syncInProgress) return;
    trying = true;
    try {
      await tryOut(redis.follows, link.kind === 'up', ports, signal);
    } catch (failure) {
      ports.log.debug('which password is taken could not be found out', { because: describeError(failure) });
    } finally {
      trying = false;
      notBefore = after(ports.clock.monotonic(), tryEvery);
    }
  };
  cell.listen(({ link }) => {
    if (link.kind !== 'down' || (notBefore !== undefined && ports.clock.monotonic() < notBefore)) return;
    void look();
  });
  return look;
}

async function tryOut(
  address: Address,
  linkUp: boolean,
  { clock, log, known, upstream, redis }: ShownPorts,
  signal: AbortSignal,
): Promise<void> {
  const { shown } = redis;
  const passwords = passwordsToTry({ known: await known(), shown, linkUp });
  if (passwords.length === 0) return;
  const limit = clock.deadline(answerLimit, signal);
  const accepted = await upstream.tryOut(address, passwords, limit);
  if (accepted === undefined || accepted === shown) return;
  await redis.show(accepted, limit);
  log.info('redis-server shows another password to the instance it follows');
}
