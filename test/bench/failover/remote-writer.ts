import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inNamespace } from '../../cluster/network.ts';
import type { Acknowledged, Target } from './writer.ts';

/** A client in a process of its own, in another network namespace. */
export interface RemoteWriter {
  /** All it had acknowledged since `forget`, in their order. */
  readonly writes: readonly Acknowledged[];
  forget(): void;
  end(): Promise<void>;
}

/** Starts it and resolves after its first acknowledged write. `kind` as in service-client.ts. */
export async function startRemoteWriter(
  namespace: string,
  target: Target,
  kind: 'pod' | 'service',
): Promise<RemoteWriter> {
  const script = new URL('../service-client.ts', import.meta.url).pathname;
  const [program = '', ...args] = [...inNamespace(namespace), process.execPath, script, target.host, kind];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, REDIS_PASSWORD: target.password ?? '' },
  });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const writes: Acknowledged[] = [];
  lines.on('line', (line) => writes.push(JSON.parse(line) as Acknowledged));
  await Promise.race([once(lines, 'line'), ended]);
  if (writes.length === 0) throw new Error(`a client of ${target.host} ended without a write`);
  return {
    writes,
    forget: () => void writes.splice(0),
    end: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
