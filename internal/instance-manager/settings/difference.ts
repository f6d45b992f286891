import { isOwnedDirective } from '../../../api/v1/directives.ts';
import { staleData } from '../redis/config.ts';

/** Values of directives by name, each as CONFIG GET writes it: two that mean the same are the same text. */
export type Settings = ReadonlyMap<string, string>;

/** Everything that the decision about settings may look at. */
export interface SettingsView {
  /** What a server says that was started on the wanted redis.conf: what nobody has set is Redis's own default. */
  readonly wanted: Settings;
  readonly running: Settings;
  /** What the running server has said that it takes at its start alone. */
  readonly fixed: ReadonlySet<string>;
  /** The container has less memory yet than the spec gives it, so the wanted maxmemory is less than it is to be. */
  readonly memoryHeld: boolean;
  /** What redis-server holds of what counts towards maxmemory, in bytes; undefined where it did not say. */
  readonly dataBytes: bigint | undefined;
}

export interface SettingsStep {
  /** For one CONFIG SET, which sets all of them or none. */
  readonly set: Settings;
  /** What takes effect at the next start, in order. */
  readonly restart: readonly string[];
}

/** What is to be done so that the running server has what is wanted. Once that is so, nothing is. */
export function settingsStep(view: SettingsView): SettingsStep {
  const differing = [...view.wanted].filter(([name, value]) => differs(name, value, view));
  const held = view.memoryHeld || isTooFull(view) ? ['maxmemory'] : [];
  return {
    set: new Map(differing.filter(([name]) => !view.fixed.has(name))),
    restart: [...held, ...differing.map(([name]) => name).filter((name) => view.fixed.has(name))].sort(),
  };
}

/** The manager sets these itself as roles and files need it, or nobody may. */
const isSetElsewhere = (name: string): boolean =>
  isOwnedDirective(name) || name === staleData || name === 'slave-serve-stale-data';

/**
 * maxmemory would be lowered below what is held, and not everything may be evicted: Redis would refuse all writes. Under an
 * `allkeys` policy it makes room by itself, as such a policy asks for.
 */
export function isTooFull({ wanted, running, dataBytes }: SettingsView): boolean {
  const [now, next] = [running.get('maxmemory'), wanted.get('maxmemory')];
  const evicts = wanted.get('maxmemory-policy')?.startsWith('allkeys-') === true;
  if (now === undefined || next === undefined || next === '0' || evicts) return false;
  const lowers = now === '0' || BigInt(next) < BigInt(now);
  return lowers && dataBytes !== undefined && dataBytes > BigInt(next);
}

function differs(name: string, value: string, view: SettingsView): boolean {
  const { running, memoryHeld } = view;
  const now = running.get(name);
  if (now === undefined || now === value || isSetElsewhere(name)) return false;
  if (name === 'maxmemory' && isTooFull(view)) return false;
  // What is about to grow is not made smaller before: that would evict what will have room in a moment.
  return !(name === 'maxmemory' && memoryHeld && now !== '0' && BigInt(now) > BigInt(value));
}
