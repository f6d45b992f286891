import { after, type Duration, type Moment } from '../../time/units.ts';

/** A password that was replaced, and until when it is taken beside its successor. */
export interface FormerPassword {
  readonly password: string;
  readonly until: Moment;
}

/** What redis-server takes from whoever connects: the newest password, and what it has replaced lately, the newest first. */
export interface Passwords {
  readonly current: string;
  readonly former: readonly FormerPassword[];
}

export interface PasswordsView {
  /** What redis-server takes now, or would take once it is started; undefined before anything was known. */
  readonly known: Passwords | undefined;
  /** What lies in the Secret's file; undefined while nothing usable does. */
  readonly file: string | undefined;
  readonly now: Moment;
  /** How long a password is taken after it was replaced. */
  readonly grace: Duration;
}

/**
 * What redis-server shall take from now on; undefined while no password was ever known. The file's password is taken as soon
 * as it is there, the one before it until its grace is over. A file with nothing usable in it changes nothing.
 */
export function decidePasswords({ known, file, now, grace }: PasswordsView): Passwords | undefined {
  const current = file ?? known?.current;
  if (current === undefined) return undefined;
  const replaced = known === undefined ? [] : [{ password: known.current, until: after(now, grace) }];
  const former = [...replaced, ...(known?.former ?? [])].filter(
    ({ password, until }) => password !== current && now < until,
  );
  return { current, former };
}

/** All that are taken, the newest first. */
export const taken = ({ current, former }: Passwords): readonly string[] => [
  current,
  ...former.map(({ password }) => password),
];

export const areSame = (some: Passwords | undefined, others: Passwords | undefined): boolean =>
  JSON.stringify(some) === JSON.stringify(others);

export interface UpstreamView {
  /** Every password we know, the newest first. */
  readonly known: readonly string[];
  /** The one that redis-server shows to the instance it follows; undefined when that is not known. */
  readonly shown: string | undefined;
  readonly linkUp: boolean;
}

/**
 * The passwords to be tried with the instance we follow, in this order; the first that it takes is shown to it from then on.
 * A link that is up stands until it breaks, whatever is shown: only the newest could be better. One that is down may be so
 * because what is shown is no longer taken, or not yet.
 */
export function passwordsToTry({ known, shown, linkUp }: UpstreamView): readonly string[] {
  const [newest] = known;
  if (newest === undefined || (shown === newest && (linkUp || known.length === 1))) return [];
  return linkUp ? [newest] : known;
}
