import { describeError } from '../../errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { RedisError } from '../../redis/connection.ts';
import type { Clock } from '../../time/clock.ts';
import { seconds } from '../../time/units.ts';
import type { FactsCell, MaxMemory } from '../facts.ts';
import type { OwnSpec } from '../own-spec.ts';
import { type RedisSettings, renderWithoutSecrets } from '../redis/config.ts';
import { type Listen, untilDue } from '../wake.ts';
import type { AcceptedSpec } from './accepted.ts';
import { isTooFull, type Settings, type SettingsStep, settingsStep } from './difference.ts';
import { readRefusal } from './refusal.ts';
import type { Trial } from './trial.ts';

/** What a running server can be asked and told about its settings. */
export interface LiveServer {
  settings(signal: AbortSignal): Promise<Settings>;
  set(settings: Settings, signal: AbortSignal): Promise<void>;
  /** What it holds of what counts towards maxmemory, in bytes. */
  dataBytes(signal: AbortSignal): Promise<bigint | undefined>;
  setStaleData(running: Settings, signal: AbortSignal): Promise<void>;
}

/** A spec, and what redis.conf is made from for it at the moment. */
export interface WantedSettings {
  readonly spec: OwnSpec;
  readonly settings: RedisSettings;
  readonly memoryHeld: boolean;
}

export interface SettingsPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly server: LiveServer;
  readonly accepted: AcceptedSpec;
  /** The newest spec; undefined before one was read. */
  newest(): OwnSpec | undefined;
  /** The newest generation of the RedisCluster that says the same. */
  generation(): number;
  /** Tells of each spec, and of each generation of it, that is read from now on. */
  readonly listen: Listen;
  wanted(spec: OwnSpec): Promise<WantedSettings>;
  /** The text, without secrets, that the running redis-server was started on; undefined before there is one. */
  startedOn(): string | undefined;
  tryOut(settings: RedisSettings, signal: AbortSignal): Promise<Trial>;
}

/** What was brought about last, and in which process: the same is not looked into twice. */
interface Done {
  readonly pid: number | undefined;
  readonly spec: OwnSpec | undefined;
  readonly conf: string | undefined;
  /** The directives that this process takes at its start alone. */
  readonly fixed: ReadonlySet<string>;
  /** What maxmemory waits for: nothing tells when that is so. */
  readonly waitsFor: MaxMemory['maxMemoryWaitsFor'];
  /** What became of the redis.conf that was tried out last. */
  readonly tried: { readonly conf: string; readonly trial: Trial } | undefined;
}

const nothing: Done = {
  pid: undefined,
  spec: undefined,
  conf: undefined,
  fixed: new Set(),
  waitsFor: undefined,
  tried: undefined,
};

/** After a failure that is not the user's: Redis was busy, or gone. */
const retryAfter = seconds(2);
/** What maxmemory waits for is looked at so often: one file of the kernel, or a few questions to redis-server. */
const lookForMemoryEvery = seconds(5);
const answerLimit = seconds(5);

/**
 * Brings what the spec says into the running redis-server whenever either has changed, until `signal` aborts. What
 * Redis refuses changes nothing. Between changes nothing is asked and nothing is sent.
 */
export async function keepSettings(
  ports: SettingsPorts,
  cell: FactsCell,
  signal: AbortSignal,
): Promise<void> {
  const kept = { ports, cell };
  let done = nothing;
  while (!signal.aborted) {
    const generation = ports.generation();
    done = (await bring(done, kept, signal)) ?? done;
    tellGeneration(generation, done, kept);
    const wait = done.waitsFor !== undefined ? lookForMemoryEvery : undefined;
    const isChanged = (): boolean => isNew(generation, done, kept);
    const waking = { clock: ports.clock, sources: [cell.listen, ports.listen], wait };
    await untilDue(isChanged, waking, signal);
  }
}

interface Kept {
  readonly ports: SettingsPorts;
  readonly cell: FactsCell;
}

/** Undefined when there is nothing to do, or it is to be tried again. */
async function bring(done: Done, kept: Kept, signal: AbortSignal): Promise<Done | undefined> {
  const { ports, cell } = kept;
  const spec = ports.newest();
  const { pid, state } = cell.current.process;
  const isDue = spec !== done.spec || pid !== done.pid || done.waitsFor !== undefined;
  if (spec === undefined || pid === undefined || state !== 'running' || !isDue) return undefined;
  const before = pid === done.pid ? done : { ...nothing, pid, conf: ports.startedOn() };
  return await attempt(spec, before, kept, signal);
}

/** What the operator goes by before it restarts anything for settings that wait for it. */
function tellGeneration(generation: number, { spec, pid }: Done, { ports, cell }: Kept): void {
  const isDone = spec !== undefined && spec === ports.newest() && pid === cell.current.process.pid;
  if (!isDone || generation === cell.current.settingsGeneration) return;
  cell.change({ settingsGeneration: generation });
}

/** A redis-server that was left to this manager runs before a spec was read. */
function isNew(generation: number, { pid, spec }: Done, { ports, cell }: Kept): boolean {
  const { pid: runs, state } = cell.current.process;
  const newest = ports.newest();
  if (state !== 'running' || newest === undefined) return false;
  return runs !== pid || newest !== spec || ports.generation() !== generation;
}

/** Undefined when it is to be tried again. */
async function attempt(
  spec: OwnSpec,
  before: Done,
  kept: Kept,
  signal: AbortSignal,
): Promise<Done | undefined> {
  const { clock, log } = kept.ports;
  try {
    return await converge(spec, before, kept, signal);
  } catch (failure) {
    if (signal.aborted) return undefined;
    log.warn('the settings could not be brought about', { because: describeError(failure) });
    await clock.sleep(retryAfter, signal);
    return undefined;
  }
}

async function converge(
  spec: OwnSpec,
  before: Done,
  { ports, cell }: Kept,
  signal: AbortSignal,
): Promise<Done> {
  const wanted = await ports.wanted(spec);
  const conf = renderWithoutSecrets(wanted.settings);
  const done: Done = { ...before, spec, waitsFor: wanted.memoryHeld ? 'room' : undefined };
  if (conf === before.conf) {
    const isNew = before.spec === undefined;
    tellMaxMemory(done, cell);
    note({ refused: undefined, ...(isNew ? { restart: wanted.memoryHeld ? ['maxmemory'] : [] } : {}) }, cell);
    await keep(spec, ports);
    return done;
  }
  const trial = await triedOut(wanted, before, ports, signal);
  const result =
    trial.kind === 'refused'
      ? trial
      : await setLive(trial.settings, { ...wanted, fixed: before.fixed, ports }, signal);
  if (result.kind === 'refused') {
    ports.log.warn('Redis refuses the settings of the spec', { because: result.words });
    note({ refused: result.words }, cell);
    return done;
  }
  const { names, restart, fixed, tooFull } = result;
  if (names.length > 0) ports.log.info('settings were changed', { set: names, restart });
  note({ refused: undefined, restart, setAt: names.length > 0 ? ports.clock.now() : undefined }, cell);
  await keep(spec, ports);
  const brought: Done = tooFull
    ? { ...done, fixed, waitsFor: 'data', tried: { conf, trial } }
    : { ...done, fixed, conf, tried: undefined };
  tellMaxMemory(brought, cell);
  return brought;
}

/** While maxmemory waits the same is not tried out again and again. */
async function triedOut(
  { settings }: WantedSettings,
  { tried }: Done,
  { tryOut }: SettingsPorts,
  signal: AbortSignal,
): Promise<Trial> {
  return tried?.conf === renderWithoutSecrets(settings) ? tried.trial : await tryOut(settings, signal);
}

/** What the operator goes by before it lowers the limit of the container. */
function tellMaxMemory({ spec, waitsFor }: Done, cell: FactsCell): void {
  const limit = spec?.memoryLimit;
  const setForBytes = limit === undefined || waitsFor === 'data' ? undefined : Number(limit);
  const { maxMemory: told } = cell.current;
  if (told.setForBytes === setForBytes && told.maxMemoryWaitsFor === waitsFor) return;
  cell.change({ maxMemory: { setForBytes, maxMemoryWaitsFor: waitsFor } });
}

/** Where it cannot be written down, the next start tries out anew what is wanted then. */
async function keep(spec: OwnSpec, { accepted, log }: SettingsPorts): Promise<void> {
  await accepted.keep(spec).catch((failure) => {
    log.warn('what redis-server has taken could not be written down', { because: describeError(failure) });
  });
}

type Outcome =
  | { readonly kind: 'refused'; readonly words: string }
  | {
      readonly kind: 'set';
      readonly names: readonly string[];
      readonly restart: readonly string[];
      readonly fixed: ReadonlySet<string>;
      /** All but maxmemory, which waits until less is held. */
      readonly tooFull: boolean;
    };

interface Setting {
  readonly ports: SettingsPorts;
  readonly fixed: ReadonlySet<string>;
  readonly memoryHeld: boolean;
}

/** Sets at once what differs; what turns out to be fixed is left out of the next try. */
async function setLive(
  wanted: Settings,
  { ports, fixed, memoryHeld }: Setting,
  signal: AbortSignal,
): Promise<Outcome> {
  const { server, clock } = ports;
  const limit = clock.deadline(answerLimit, signal);
  const [running, dataBytes] = await Promise.all([server.settings(limit), server.dataBytes(limit)]);
  const view = { wanted, running, fixed, memoryHeld, dataBytes };
  const step = settingsStep(view);
  const refusal = await trySet(step, server, limit);
  if (refusal?.kind === 'wrong') return { kind: 'refused', words: refusal.words };
  if (refusal?.kind === 'fixed' && !fixed.has(refusal.name)) {
    return await setLive(wanted, { ports, memoryHeld, fixed: new Set([...fixed, refusal.name]) }, signal);
  }
  await server.setStaleData(running, limit);
  // What was set and is not there when it is read back is left to the next start.
  const left = settingsStep({ ...view, running: await server.settings(limit) });
  const restart = [...new Set([...left.restart, ...left.set.keys()])].sort();
  const names = [...step.set.keys()].filter((name) => !restart.includes(name));
  return { kind: 'set', names, restart, fixed, tooFull: isTooFull(view) };
}

async function trySet({ set }: SettingsStep, server: LiveServer, limit: AbortSignal) {
  if (set.size === 0) return undefined;
  try {
    await server.set(set, limit);
    return undefined;
  } catch (failure) {
    if (!isRefused(failure)) throw failure;
    return readRefusal(failure.message);
  }
}

const isRefused = (failure: unknown): failure is RedisError =>
  failure instanceof Error && failure.name === 'refused';

interface News {
  readonly refused: string | undefined;
  readonly restart?: readonly string[];
  readonly setAt?: ReturnType<Clock['now']> | undefined;
}

function note({ refused, restart, setAt }: News, cell: FactsCell): void {
  const { settingsRefused, pendingRestart, settingsSetAt } = cell.current;
  const pending = restart ?? pendingRestart;
  if (refused === settingsRefused && pending.join() === pendingRestart.join() && setAt === undefined) return;
  cell.change({
    settingsRefused: refused,
    pendingRestart: pending,
    settingsSetAt: setAt ?? settingsSetAt,
  });
}
