import { assemble, type SecretPace } from '../../../internal/cmd/manager/instance/assemble.ts';
import type { Layout } from '../../../internal/cmd/manager/instance/layout.ts';
import { abilities } from '../../../internal/cmd/manager/instance/run.ts';
import { takeOver } from '../../../internal/cmd/manager/instance/take-over.ts';
import { createLog } from '../../../internal/log/pino-logger.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import { FileCluster } from './file-cluster.ts';

/** What a manager in a process of its own is told by the test that starts it, in the environment. */
export interface Managed {
  readonly identity: {
    readonly clusterName: string;
    readonly podName: string;
    readonly podNamespace: string;
    readonly podUID: string;
    readonly podIP: string;
  };
  readonly layout: Layout;
  /** The file that holds the RedisCluster. */
  readonly cluster: string;
  readonly secretPace?: SecretPace | undefined;
}

/** One instance manager, put together as in a pod, and of whatever version it is told: what `manager` is in a pod. */
async function run(managed: Managed, managerVersion: string): Promise<number> {
  const stopping = new AbortController();
  process.on('SIGTERM', () => stopping.abort());
  const { layout, identity } = managed;
  const { log, flush: flushLog } = createLog('info', systemClock);
  process.on('exit', flushLog);
  // A test has it end while nobody listens.
  const doomed = process.env['ENDS_FIRST'];
  if (doomed !== undefined) process.kill(Number(doomed), 'SIGKILL');
  const surroundings = {
    clock: systemClock,
    kube: new FileCluster(managed.cluster),
    log,
    flushLog,
    random: Math.random,
    layout,
    searchPath: process.env['PATH'] ?? '',
    reliefPatience: milliseconds(0),
    secretPace: managed.secretPace,
    inherited: await takeOver({ clock: systemClock, log, layout }),
  };
  return await assemble({ ...identity, managerVersion }, surroundings, stopping.signal);
}

const version = process.env['MANAGER_VERSION'] ?? '';
if (process.argv[2] === 'check') console.log(JSON.stringify({ ...abilities(), version }));
else {
  run(JSON.parse(process.env['MANAGED'] ?? '') as Managed, version).then(
    (code) => process.exit(code),
    (failure: unknown) => {
      console.error(failure);
      process.exit(1);
    },
  );
}
