import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { authSecret, controlSecret, instanceServerName } from '../../../api/v1/names.ts';
import type { Layout } from '../../../internal/cmd/manager/instance/layout.ts';
import type { ControlIdentity } from '../../../internal/control/client.ts';
import { createAuthority, issueInstance, issueOperatorClient } from '../../../internal/pki/authority.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';

export const password = 'quite a "secret" #word';
export const clusterName = { name: 'orders', namespace: 'shop' };

/** Everything that the pods of one cluster would be given, in folders and on loopback addresses of the test's own. */
export interface Premises {
  readonly folder: string;
  readonly operator: ControlIdentity;
  /** The address of the instance with this ordinal. */
  address(ordinal: number): string;
  layout(ordinal: number): Promise<Layout>;
  /** Replaces what lies in the password's file there, at once, as the kubelet does; undefined takes the file away. */
  project(ordinal: number, password: string | undefined): Promise<void>;
  remove(): Promise<void>;
}

const ports = { redisPort: 6379, httpPort: 8080, controlPort: 8443 };

export async function preparePremises(): Promise<Premises> {
  const folder = await mkdtemp(join(tmpdir(), 'instances-'));
  const now = systemClock.now();
  const authority = await createAuthority(now);
  const leaf = await issueInstance(authority, clusterName, now);
  const client = await issueOperatorClient(authority, clusterName, now);
  const secrets = {
    [`${authSecret(clusterName.name)}/password`]: password,
    [`${controlSecret(clusterName.name)}/tls.crt`]: leaf.certificate,
    [`${controlSecret(clusterName.name)}/tls.key`]: leaf.key,
    [`${controlSecret(clusterName.name)}/ca.crt`]: authority.certificate,
  };
  const projected = async (ordinal: number): Promise<string> => {
    const own = join(folder, 'projected', String(ordinal));
    if (existsSync(own)) return own;
    for (const [path, text] of Object.entries(secrets)) await write(join(own, path), text);
    return own;
  };
  // A block of loopback of its own, so that every instance has the usual ports, and no other test's.
  const block = [randomByte(), randomByte()].join('.');
  const address = (ordinal: number): string => `127.${block}.${ordinal + 1}`;
  return {
    folder,
    operator: {
      ca: authority.certificate,
      cert: client.certificate,
      key: client.key,
      serverName: instanceServerName(clusterName.name, clusterName.namespace),
    },
    address,
    layout: async (ordinal) => {
      const own = join(folder, String(ordinal));
      const [dataFolder, runFolder] = [join(own, 'data'), join(own, 'run')];
      for (const path of [dataFolder, runFolder]) await mkdir(path, { recursive: true });
      return {
        ...ports,
        dataFolder,
        runFolder,
        projectedFolder: await projected(ordinal),
        terminationMessage: join(own, 'termination-log'),
        managerBinary: join(own, 'manager'),
        controlGroup: own,
        listenAddress: address(ordinal),
      };
    },
    project: async (ordinal, text) => {
      const path = join(await projected(ordinal), authSecret(clusterName.name), 'password');
      if (text === undefined) return await rm(path);
      await write(`${path}.new`, text);
      await rename(`${path}.new`, path);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const randomByte = (): number => 1 + Math.floor(Math.random() * 254);

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
