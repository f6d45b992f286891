import { writeFile } from 'node:fs/promises';
import { Path } from '../../../../api/v1/names.ts';
import type { RedisProcesses, RunningProcess } from '../../../instance-manager/ports.ts';
import { findServer } from '../../../instance-manager/process/find-server.ts';
import { start } from '../../../instance-manager/process/spawn.ts';
import { renderRedisConf } from '../../../instance-manager/redis/config.ts';
import { parseLogLine } from '../../../instance-manager/redis/log.ts';
import { settingsOf } from '../../../instance-manager/settings.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Spec } from './spec.ts';

export interface LauncherPorts {
  readonly log: Logger;
  readonly spec: Spec;
  readonly announceIp: string;
  readonly port: number;
  readonly socketPath: string;
}

const confPath = `${Path.run}/redis.conf`;

/** Starts redis-server on the redis.conf of the moment. */
export class RedisLauncher implements RedisProcesses {
  readonly #ports: LauncherPorts;

  constructor(ports: LauncherPorts) {
    this.#ports = ports;
  }

  async start(onLine: (line: string) => void): Promise<RunningProcess> {
    const { spec, announceIp, port, socketPath } = this.#ports;
    const cluster = await spec.cluster();
    const surroundings = {
      password: await spec.password(),
      announceIp,
      port,
      dataFolder: Path.data,
      socketPath,
    };
    // The password is in this file, on a volume in memory, and nowhere else: not in arguments, not in the environment.
    await writeFile(confPath, renderRedisConf(settingsOf(cluster, surroundings)), { mode: 0o600 });
    const log = this.#ports.log.child({ logger: 'redis' });
    return await start(await findServer(process.env['PATH'] ?? ''), [confPath], (line) => {
      const { level, message } = parseLogLine(line);
      if (message.trim() !== '') log[level](message);
      onLine(line);
    });
  }
}
