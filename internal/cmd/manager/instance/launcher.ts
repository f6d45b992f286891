import { writeFile } from 'node:fs/promises';
import type { OwnSpec } from '../../../instance-manager/own-spec.ts';
import { pendingDirectives } from '../../../instance-manager/pending.ts';
import type { RedisProcesses, RunningProcess } from '../../../instance-manager/ports.ts';
import { findServer } from '../../../instance-manager/process/find-server.ts';
import { start } from '../../../instance-manager/process/spawn.ts';
import { type Directive, redisDirectives, renderRedisConf } from '../../../instance-manager/redis/config.ts';
import { parseLogLine } from '../../../instance-manager/redis/log.ts';
import { settingsOf } from '../../../instance-manager/settings.ts';
import type { Logger } from '../../../log/logger.ts';
import { confPath, type Layout, socketPath } from './layout.ts';
import type { Spec } from './spec.ts';

export interface LauncherPorts {
  readonly log: Logger;
  readonly spec: Spec;
  readonly announceIp: string;
  readonly layout: Layout;
  /** Where the server is looked for first, as in PATH. */
  readonly searchPath: string;
}

/** Starts redis-server on the redis.conf of the moment, and knows which one that was. */
export class RedisLauncher implements RedisProcesses {
  readonly #ports: LauncherPorts;
  #running: RunningProcess | undefined;
  #started: readonly Directive[] | undefined;

  constructor(ports: LauncherPorts) {
    this.#ports = ports;
  }

  async start(onLine: (line: string) => void, signal: AbortSignal): Promise<RunningProcess> {
    const { spec, layout, searchPath } = this.#ports;
    const newest = await spec.newest(signal);
    const settings = settingsOf(newest, this.#surroundings(await spec.password()));
    const server = await findServer(searchPath);
    // The password is in this file, on a volume in memory, and nowhere else: not in arguments, not in the environment.
    await writeFile(confPath(layout), renderRedisConf(settings), { mode: 0o600 });
    const log = this.#ports.log.child({ logger: 'redis' });
    const running = await start(server, [confPath(layout)], (line) => {
      const { level, message } = parseLogLine(line);
      if (message.trim() !== '') log[level](message);
      onLine(line);
    });
    this.#started = redisDirectives(settings);
    this.#running = running;
    return running;
  }

  kill(pid: number): void {
    if (this.#running?.pid === pid) this.#running.signal('SIGKILL');
  }

  /** The directives that this spec wants otherwise than redis-server was started with. */
  pending(spec: OwnSpec): readonly string[] {
    if (this.#started === undefined) return [];
    const wanted = redisDirectives(settingsOf(spec, this.#surroundings(undefined)));
    return pendingDirectives(this.#started, wanted);
  }

  #surroundings(password: string | undefined) {
    const { announceIp, layout } = this.#ports;
    return {
      password: password ?? '',
      announceIp,
      listenAddress: layout.listenAddress,
      port: layout.redisPort,
      dataFolder: layout.dataFolder,
      socketPath: socketPath(layout),
    };
  }
}
