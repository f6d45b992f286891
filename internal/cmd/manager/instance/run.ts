import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { Path } from '../../../../api/v1/names.ts';
import { describeError } from '../../../errors.ts';
import { keepComparing } from '../../../instance-manager/compare.ts';
import { atBoot, createFactsCell } from '../../../instance-manager/facts.ts';
import type { Ports, RunningProcess } from '../../../instance-manager/ports.ts';
import { RecordFile } from '../../../instance-manager/record-file.ts';
import { failureReason } from '../../../instance-manager/redis/log.ts';
import { SocketRedisServer } from '../../../instance-manager/redis/server.ts';
import { NetworkUpstream } from '../../../instance-manager/redis/upstream.ts';
import { exitCodeOf } from '../../../instance-manager/restart.ts';
import { runRoleLoop } from '../../../instance-manager/role-loop.ts';
import { createSupervisor, type Outcome, type Supervisor } from '../../../instance-manager/supervisor.ts';
import { keepSyncedTerm } from '../../../instance-manager/synced-term.ts';
import { holdsData, recordPath } from '../../../instance-manager/volume.ts';
import { KubeClient } from '../../../kube/client.ts';
import { inClusterConfig } from '../../../kube/config.ts';
import { createLogger } from '../../../log/pino-logger.ts';
import { RedisClient } from '../../../redis/client.ts';
import { systemClock } from '../../../time/system-clock.ts';
import { seconds } from '../../../time/units.ts';
import { RedisLauncher } from './launcher.ts';
import type { InstanceOptions } from './options.ts';
import { keepReaping } from './reaping.ts';
import { serve } from './serve.ts';
import { Spec } from './spec.ts';
import { stopInOrder } from './stop.ts';

const redisPort = 6379;
const socketPath = `${Path.run}/redis.sock`;
const terminationMessage = '/dev/termination-log';
/** The kubelet waits 120 s (terminationGraceSeconds); what is left is for our own end. */
const stopLimit = seconds(110);

/** Runs one instance until it is told to stop or redis-server does not stay up; resolves to the exit code. */
export async function runInstance(options: InstanceOptions, stopping: AbortSignal): Promise<number> {
  const clock = systemClock;
  const log = createLogger('info');
  const kube = new KubeClient(await inClusterConfig(process.env), clock);
  const records = new RecordFile(recordPath(Path.data));
  const cell = createFactsCell(atBoot(await records.read(), await holdsData(Path.data)));
  const key = { namespace: options.podNamespace, name: options.clusterName };
  const spec = new Spec({ key, kube, clock, log, random: Math.random }, cell);
  const password = (): Promise<string> => spec.password();
  const redisClient = new RedisClient({ kind: 'unix', path: socketPath }, password);
  const redis = new SocketRedisServer(redisClient);
  const launcher = new RedisLauncher({ log, spec, announceIp: options.podIP, port: redisPort, socketPath });
  const upstream = new NetworkUpstream(password);
  const ports: Ports = { clock, log, redis, processes: launcher, records, cluster: spec.source, upstream };

  const ended = new AbortController();
  const ending = AbortSignal.any([ended.signal]);
  const servers = await serve(options, { ...ports, server: redis }, cell, ending);
  log.info('the instance manager starts', { pod: options.podName, cluster: options.clusterName });
  spec.source.watch((cluster) => cell.change({ cluster }), ending);
  keepSyncedTerm(cell);
  keepComparing(ports, cell, ending);
  const supervisor = createSupervisor(ports, cell);
  stopping.addEventListener('abort', () => void stopInOrder(supervisor, ports, cell, stopLimit), {
    once: true,
  });
  const place = { pod: options.podName, address: { host: options.podIP, port: redisPort } };
  const loop = runRoleLoop(place, ports, cell, ending);
  const reaping = keepReaping({ clock, log }, () => childOf(supervisor), ending);
  try {
    return await conclude(await supervise(supervisor, stopping, log), log);
  } finally {
    ended.abort();
    for (const server of servers) server.close();
    redisClient.close();
    upstream.close();
    await Promise.all([loop, reaping]);
    kube.close();
  }
}

const childOf = ({ child }: Supervisor): RunningProcess | undefined => child;

/** A server that cannot even be started ends like one that fails at once: with a reason. */
async function supervise(supervisor: Supervisor, stopping: AbortSignal, log: Ports['log']): Promise<Outcome> {
  try {
    return await supervisor.run(stopping);
  } catch (failure) {
    const because = describeError(failure);
    if (stopping.aborted) return { kind: 'stopped', exit: { code: 0, signal: undefined } };
    log.error('redis-server could not be started', { because });
    return { kind: 'failed', exit: { code: 127, signal: undefined }, because, lastWords: [because] };
  }
}

/** Redis's own failure is ours, and its words are where Kubernetes shows them. */
async function conclude(outcome: Outcome, log: Ports['log']): Promise<number> {
  if (outcome.kind === 'stopped') {
    log.info('redis-server has stopped', { exit: outcome.exit });
    return 0;
  }
  const reason = failureReason(outcome.lastWords);
  log.error('redis-server does not stay up', { because: outcome.because, reason, exit: outcome.exit });
  await writeFile(terminationMessage, reason).catch((failure) => {
    log.warn('the termination message could not be written', { because: describeError(failure) });
  });
  return exitCodeOf(outcome.exit, constants.signals) || 1;
}
