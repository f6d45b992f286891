import { reliefPatience } from '../../../control/switchover.ts';
import { loadLibc } from '../../../instance-manager/process/libc.ts';
import type { Abilities } from '../../../instance-manager/upgrade/check.ts';
import { readableFormats } from '../../../instance-manager/upgrade/inheritance.ts';
import { KubeClient } from '../../../kube/client.ts';
import { inClusterConfig } from '../../../kube/config.ts';
import { createLog } from '../../../log/pino-logger.ts';
import { systemClock } from '../../../time/system-clock.ts';
import { managerVersion } from '../../../version.ts';
import { assemble } from './assemble.ts';
import { podLayout } from './layout.ts';
import type { InstanceOptions } from './options.ts';
import { takeOver } from './take-over.ts';

/** Runs one instance until it is told to stop or redis-server does not stay up; resolves to the exit code. */
export async function runInstance(options: InstanceOptions, stopping: AbortSignal): Promise<number> {
  const clock = systemClock;
  const kube = new KubeClient(await inClusterConfig(process.env), clock);
  const { log, flush: flushLog } = createLog('info', clock);
  process.on('exit', flushLog);
  const surroundings = {
    clock,
    kube,
    log,
    flushLog,
    layout: podLayout,
    inherited: await takeOver({ clock, log, layout: podLayout }),
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

/** What a manager asks of the binary that is to take its place. Throws where that could not do its work. */
export function abilities(): Abilities {
  loadLibc();
  return { version: managerVersion, architecture: process.arch, formats: readableFormats };
}
