import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { instanceServerName } from '../../../../api/v1/names.ts';
import { formerPasswordGrace } from '../../../control/passwords.ts';
import { describeError } from '../../../errors.ts';
import { AsideFiles } from '../../../instance-manager/aside-files.ts';
import { keepComparing } from '../../../instance-manager/compare.ts';
import { atBoot, createFactsCell, type FactsCell } from '../../../instance-manager/facts.ts';
import { HttpsPeers } from '../../../instance-manager/http/peers.ts';
import type { KubeClusterPorts } from '../../../instance-manager/kube-cluster.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import { keepProved } from '../../../instance-manager/prove.ts';
import { watchTenure } from '../../../instance-manager/read-tenure.ts';
import { RecordFile } from '../../../instance-manager/record-file.ts';
import { failureReason } from '../../../instance-manager/redis/log.ts';
import { RedisSnapshots } from '../../../instance-manager/redis/snapshots.ts';
import type { Identity } from '../../../instance-manager/report.ts';
import { exitCodeOf } from '../../../instance-manager/restart.ts';
import { runRoleLoop } from '../../../instance-manager/role-loop.ts';
import { parseSpec } from '../../../instance-manager/settings/accepted.ts';
import { readSocketBytes } from '../../../instance-manager/socket-bytes.ts';
import { createSupervisor, type Outcome, type Supervisor } from '../../../instance-manager/supervisor.ts';
import { keepSyncedTerm } from '../../../instance-manager/synced-term.ts';
import { keepFenced } from '../../../instance-manager/user-fence.ts';
import { holdsData, recordPath } from '../../../instance-manager/volume.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { type Duration, milliseconds, seconds } from '../../../time/units.ts';
import type { Layout } from './layout.ts';
import { reachOwnServer } from './own-server.ts';
import { keepLooking, usualLook } from './projected.ts';
import { keepReaping } from './reaping.ts';
import { Replacement } from './replacement.ts';
import { readCertificates, serveControlPort } from './serve-control.ts';
import { serveProbePort } from './serve-probes.ts';
import { ServerParts } from './server-parts.ts';
import { Spec } from './spec.ts';
import { endInOrder, stopInOrder } from './stop.ts';
import type { Inherited } from './take-over.ts';

/** What an instance is given by the place it runs in. */
export interface Surroundings extends KubeClusterPorts {
  readonly layout: Layout;
  /** Writes what was told and is not written yet; undefined where all is written at once. */
  readonly flushLog?: (() => void) | undefined;
  /** Where the server is looked for first, as in PATH. */
  readonly searchPath: string;
  /** How long a primary that is told to stop waits to be relieved. */
  readonly reliefPatience: Duration;
  /** How soon another password is found in its Secret, and how long the former one is taken then; undefined for as usual. */
  readonly secretPace?: SecretPace | undefined;
  /** What the manager before this one in the same process has left; undefined for the first. */
  readonly inherited?: Inherited | undefined;
}

export interface SecretPace {
  readonly every: Duration;
  readonly grace: Duration;
}
const usualPace: SecretPace = { every: usualLook, grace: formerPasswordGrace };

/** The kubelet waits 120 s (terminationGraceSeconds); what is left is for our own end. */
const stopLimit = seconds(110);
/**
 * Whoever takes the place of another manager knows what that one knew of the RedisCluster, and is waited for: to connect to the API
 * server takes the processor for some ten milliseconds, and comes after what is asked of it first.
 */
const firstAnswers = milliseconds(40);
/** No redis-server could be started at all; a shell says the same of a command that it does not find. */
const notStartable = 127;

/** Puts one instance together and runs it until `stopping` aborts or redis-server does not stay up; the exit code. */
export async function assemble(
  pod: Identity,
  surroundings: Surroundings,
  stopping: AbortSignal,
): Promise<number> {
  const identity: Identity = { ...pod, socketBytes: await readSocketBytes() };
  const { clock, log, layout, searchPath, inherited } = surroundings;
  const records = new RecordFile(recordPath(layout.dataFolder));
  const booted = atBoot(await records.read(), await holdsData(layout.dataFolder), clock.monotonic());
  const cell = createFactsCell({ ...booted, ...inherited?.facts });
  const key = { namespace: identity.podNamespace, name: identity.clusterName };
  const spec = new Spec({ ...surroundings, key, taken: inherited && parseSpec(inherited.accepted) }, cell);
  const { every, grace } = surroundings.secretPace ?? usualPace;
  const own = await reachOwnServer({ clock, log, layout, spec, cell, grace });
  const { client, redis, upstream } = own;
  const aside = new AsideFiles(layout.dataFolder, new RedisSnapshots(redis, client, clock));
  const server = new ServerParts({ ...own, clock, log, spec, cell, identity, layout, searchPath, inherited });
  const { processes, continuity } = server;
  const peers = reachPeers(identity, layout, clock);
  const cluster = spec.source;
  const ports: Ports = {
    identity,
    clock,
    log,
    redis,
    processes,
    records,
    cluster,
    upstream,
    peers,
    aside,
    continuity,
  };

  const ended = new AbortController();
  const ending = ended.signal;
  const closeProbes = await serveProbePort(identity, layout, { clock, server: redis, cell });
  const replacement = new Replacement({ layout, ports, cell, server, flushLog: surroundings.flushLog });
  const control = await serveControlPort(layout, { ports, cell, replacement }, ending);
  void replacement.clearAway();
  log.info('the instance manager starts', { pod: identity.podName, cluster: identity.clusterName });
  keepFenced(identity.podName, cell);
  const watch = (): void => watchTenure(ports, cell, ending);
  if (inherited === undefined) watch();
  else clock.schedule(firstAnswers, watch);
  keepSyncedTerm(cell);
  keepComparing(ports, cell, ending);
  const supervisor = createSupervisor(ports, cell);
  let stopped: Promise<void> = Promise.resolve();
  const stop = (): void => {
    stopped = stopOrTell(supervisor, ports, cell, surroundings.reliefPatience);
  };
  stopping.addEventListener('abort', stop, { once: true });
  if (stopping.aborted) stop();
  cell.listenToNews((facts, before) => {
    if (facts.fencedByUser && !before.fencedByUser) endForUser(supervisor, ports, cell);
  });
  const place = { pod: identity.podName, address: { host: identity.podIP, port: layout.redisPort } };
  keepProved(place, ports, cell, ending);
  const loop = runRoleLoop(place, ports, cell, ending);
  const kept = server.keep(ending);
  const looks = [() => control.lookForRenewed(), ...own.looks(ending)];
  const looking = keepLooking(looks, { clock, log, every }, ending);
  const ours = (): readonly number[] => [supervisor.child?.pid ?? 0, ...replacement.children];
  const reaping = keepReaping({ clock, log }, ours, ending);
  try {
    const outcome = await supervise(supervisor, stopping, log);
    await Promise.all([stopped, processes.settled()]);
    return await conclude(outcome, layout, log);
  } finally {
    ended.abort();
    closeProbes();
    control.close();
    client.close();
    upstream.close();
    peers.close();
    await Promise.all([loop, kept, reaping, looking]);
  }
}

const reachPeers = ({ clusterName, podNamespace }: Identity, layout: Layout, clock: Clock): HttpsPeers =>
  new HttpsPeers({
    clock,
    port: layout.controlPort,
    serverName: instanceServerName(clusterName, podNamespace),
    identity: () => readCertificates(layout, clusterName),
  });

async function stopOrTell(
  supervisor: Supervisor,
  ports: Ports,
  cell: FactsCell,
  relief: Duration,
): Promise<void> {
  await stopInOrder(supervisor, ports, cell, { whole: stopLimit, relief }).catch((failure) => {
    ports.log.error('redis-server could not be stopped in order', { because: describeError(failure) });
  });
}

function endForUser(supervisor: Supervisor, ports: Ports, cell: FactsCell): void {
  ports.log.warn('the user has fenced this instance (redis.io/fencedInstances)');
  endInOrder(supervisor, ports, cell, stopLimit).catch((failure) => {
    ports.log.error('redis-server could not be stopped in order', { because: describeError(failure) });
  });
}

/** A server that cannot even be started ends like one that fails at once: with a reason. */
async function supervise(supervisor: Supervisor, stopping: AbortSignal, log: Logger): Promise<Outcome> {
  try {
    return await supervisor.run(stopping);
  } catch (failure) {
    if (stopping.aborted) return { kind: 'stopped', exit: { code: 0, signal: undefined } };
    const because = describeError(failure);
    log.error('redis-server could not be started', { because });
    return { kind: 'failed', exit: { code: notStartable, signal: undefined }, because, lastWords: [because] };
  }
}

/** Redis's own failure is ours, and its words are where Kubernetes shows them. */
async function conclude(outcome: Outcome, layout: Layout, log: Logger): Promise<number> {
  if (outcome.kind === 'stopped') {
    log.info('redis-server has stopped', { exit: outcome.exit });
    return 0;
  }
  const reason = failureReason(outcome.lastWords);
  log.error('redis-server does not stay up', { because: outcome.because, reason, exit: outcome.exit });
  await writeFile(layout.terminationMessage, reason).catch((failure) => {
    log.warn('the termination message could not be written', { because: describeError(failure) });
  });
  return exitCodeOf(outcome.exit, constants.signals) || 1;
}
