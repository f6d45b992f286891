import { reliefPatience } from '../../../control/switchover.ts';
import { KubeClient } from '../../../kube/client.ts';
import { inClusterConfig } from '../../../kube/config.ts';
import { createLogger } from '../../../log/pino-logger.ts';
import { systemClock } from '../../../time/system-clock.ts';
import { assemble } from './assemble.ts';
import { podLayout } from './layout.ts';
import type { InstanceOptions } from './options.ts';

/** Runs one instance until it is told to stop or redis-server does not stay up; resolves to the exit code. */
export async function runInstance(options: InstanceOptions, stopping: AbortSignal): Promise<number> {
  const clock = systemClock;
  const kube = new KubeClient(await inClusterConfig(process.env), clock);
  const surroundings = {
    clock,
    kube,
    log: createLogger('info'),
    layout: podLayout,
    searchPath: process.env['PATH'] ?? '',
    random: Math.random,
    reliefPatience,
  };
  try {
    return await assemble(options, surroundings, stopping);
  } finally {
    kube.close();
  }
}
