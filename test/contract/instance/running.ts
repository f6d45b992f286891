import { Redis } from 'ioredis';
import { podName } from '../../../api/v1/names.ts';
import { assemble, type SecretPace } from '../../../internal/cmd/manager/instance/assemble.ts';
import type { Layout } from '../../../internal/cmd/manager/instance/layout.ts';
import { ControlClient } from '../../../internal/control/client.ts';
import type {
  Command,
  commandPaths,
  InstanceEvent,
  InstanceReport,
} from '../../../internal/control/protocol.ts';
import type { Logger } from '../../../internal/log/logger.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { type Duration, milliseconds, seconds } from '../../../internal/time/units.ts';
import { DeadlineMissed } from '../../suite/deadlines.ts';
import type { ClusterApi } from './one-cluster.ts';
import { clusterName, type Premises, password } from './place.ts';

/** One instance manager with its redis-server, in this process, seen from outside as the operator and clients see it. */
export interface Running {
  readonly pod: string;
  readonly podUID: string;
  readonly address: string;
  readonly layout: Layout;
  readonly log: readonly string[];
  /** The manager's exit code. */
  readonly ended: Promise<number>;
  /** As the kubelet does with SIGTERM. */
  stop(): Promise<number>;
  report(): Promise<InstanceReport>;
  /** Gives a command as the operator does, with this pod's UID unless another is given; rejects when it is refused. */
  command(
    kind: keyof typeof commandPaths,
    command: Readonly<Record<string, unknown>>,
  ): Promise<InstanceReport>;
  events(signal: AbortSignal): AsyncGenerator<InstanceEvent | undefined>;
  /** A client of its redis-server that neither waits nor tries again; with the first password unless another is given. */
  client(other?: string): Redis;
  /** Status and text of a path on the plain port. */
  probe(path: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** What a test may want otherwise than it is in a pod. */
export interface Paces {
  /** Nobody relieves a primary here, so none waits for it unless a test says how long. */
  readonly reliefPatience?: Duration;
  readonly secretPace?: SecretPace;
}

export async function runInstanceOf(
  premises: Premises,
  kube: ClusterApi,
  ordinal: number,
  { reliefPatience = milliseconds(0), secretPace }: Paces,
): Promise<Running> {
  const layout = await premises.layout(ordinal);
  const address = premises.address(ordinal);
  const pod = podName(clusterName.name, ordinal);
  const stopping = new AbortController();
  const log: string[] = [];
  const clients: Redis[] = [];
  const control = new ControlClient(premises.operator);
  const endpoint = { host: address, port: layout.controlPort };
  const identity = {
    clusterName: clusterName.name,
    podName: pod,
    podNamespace: clusterName.namespace,
    podUID: `uid-of-${pod}`,
    podIP: address,
    managerVersion: 'test',
  };
  const searchPath = process.env['PATH'] ?? '';
  const surroundings = {
    clock: systemClock,
    kube,
    log: noted(log),
    random: Math.random,
    layout,
    searchPath,
    reliefPatience,
    secretPace,
  };
  const ended = assemble(identity, surroundings, stopping.signal).finally(() => {
    control.close();
    for (const client of clients) client.disconnect();
  });
  ended.catch((failure) => log.push(`it ended with ${failure}`));
  return {
    pod,
    podUID: identity.podUID,
    address,
    layout,
    log,
    ended,
    stop: () => {
      stopping.abort();
      return ended;
    },
    report: () => control.report(endpoint, systemClock.deadline(seconds(2))),
    command: (kind, command) =>
      control
        .command(
          endpoint,
          kind,
          { podUID: identity.podUID, ...command } as unknown as Command,
          systemClock.deadline(seconds(2)),
        )
        .catch(toldWhetherLate),
    events: (signal) => control.events(endpoint, signal),
    client: (other = password) => {
      const client = new Redis({ host: address, port: layout.redisPort, password: other, ...impatient });
      client.on('error', () => undefined);
      clients.push(client);
      return client;
    },
    probe: async (path) => {
      const answer = await fetch(`http://${address}:${layout.httpPort}${path}`, {
        headers: { connection: 'close' },
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const impatient = { maxRetriesPerRequest: 0, retryStrategy: () => null, enableOfflineQueue: true } as const;

function noted(lines: string[]): Logger {
  const note = (level: string) => (message: string, fields?: unknown) => {
    lines.push(`${level} ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`);
  };
  return {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => noted(lines),
  };
}

/** Resolves with the first value that is not undefined; rejects with DeadlineMissed after `limit`, and tells what was last seen. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined>,
  limit = seconds(10),
): Promise<Value> {
  const deadline = systemClock.deadline(limit);
  let last: unknown;
  while (!deadline.aborted) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (failure) {
      last = failure;
    }
    await systemClock.sleep(milliseconds(20));
  }
  throw new DeadlineMissed(`not within ${limit} ms: ${what}`, { cause: last });
}

/** Resolves once the report says so. */
export const untilReport = (
  instance: Running,
  what: string,
  holds: (report: InstanceReport) => boolean,
): Promise<InstanceReport> =>
  until(`${instance.pod} ${what}`, async () => {
    const report = await instance.report();
    return holds(report) ? report : undefined;
  });

/** What is not done within the limit of a command is done all the same, and says nothing of the command on a busy machine. */
function toldWhetherLate(failure: unknown): never {
  const told = String(failure);
  throw told.includes('not done within') ? new DeadlineMissed(told) : failure;
}
