import { Readable } from 'node:stream';
import { ClusterCaches } from '../cmd/manager/controller/caches.ts';
import { tickPatience } from '../control/switchover.ts';
import { EventRecorder } from '../controller/cluster/event-recorder.ts';
import { InstanceLinks } from '../controller/cluster/instances/links.ts';
import { ClusterMemory } from '../controller/cluster/memory.ts';
import type { Ports } from '../controller/cluster/ports.ts';
import { reconcile } from '../controller/cluster/reconcile.ts';
import { leadWhileElected } from '../kube/leader-election.ts';
import { WorkQueue } from '../kube/queue.ts';
import type { Logger } from '../log/logger.ts';
import { type Duration, seconds } from '../time/units.ts';
import type { Chance } from './chance.ts';
import type { Changes } from './changes.ts';
import { type ControlPlace, simControlClient } from './control.ts';
import { type KubePlace, SimKube } from './kube/client.ts';
import type { SimProcess } from './process.ts';
import type { Testimony } from './testimony.ts';

export interface OperatorParts {
  readonly identity: string;
  readonly process: SimProcess;
  readonly kube: KubePlace;
  readonly control: ControlPlace;
  readonly chance: Chance;
  readonly log: Logger;
  readonly changes: Changes;
  /** Is told of each effect on the outside, when it has happened and before the operator hears of it. */
  readonly onEffect: (what: string) => void;
  readonly testimony: Testimony;
  /** Aborts when the story is over. */
  readonly over: AbortSignal;
  /** Is told of each change of a status when the operator has decided on it. */
  readonly onOrder: (change: Readonly<Record<string, unknown>>) => void;
}

const lease = { namespace: 'redis-system', name: 'redis-operator-leader' };

/** Runs one operator: election, caches, queue and tick are the project's own. Never resolves while its process lives. */
export async function runOperator(parts: OperatorParts): Promise<void> {
  const { process, identity, log } = parts;
  const { clock } = process;
  const kube = new SimKube(process, parts.kube);
  kube.onEffect = parts.onEffect;
  kube.onOrder = parts.onOrder;
  const lead = (leading: AbortSignal, surelyLeads: () => boolean): Promise<void> =>
    control(parts, { kube, surelyLeads }, leading);
  await leadWhileElected({ lease, identity }, { kube, clock, log }, lead, parts.over);
}

/** No instance of the simulated world begins with this one. */
const simBinary = {
  version: 'next',
  facts: () => Promise.resolve({ bytes: 1, sha256: '0'.repeat(64) }),
  open: () => Readable.from([]),
};

const tls = { ca: '', cert: '', key: '' };
const stopLimit = seconds(20);

interface Leading {
  readonly kube: SimKube;
  readonly surelyLeads: () => boolean;
}

async function control(
  parts: OperatorParts,
  { kube, surelyLeads }: Leading,
  signal: AbortSignal,
): Promise<void> {
  const { process, log, chance } = parts;
  const { clock } = process;
  const random = (): number => chance.next();
  const caches = new ClusterCaches({ kube, clock, log, random, namespaces: ['default'] }, (key) =>
    queue.add(key),
  );
  const links = new InstanceLinks({
    clock,
    log,
    tlsOf: () => tls,
    connect: () => simControlClient(process, parts.control, parts.testimony),
    binary: simBinary,
    mayGrant: surelyLeads,
    onHeard: (key) => queue.add(key),
  });
  const real: Ports = {
    clock,
    log,
    kube,
    caches,
    instances: links,
    events: new EventRecorder({ kube, clock, log, random }),
    secrets: { ensure: () => Promise.resolve(), forget: () => undefined },
    figures: { failedOver: () => undefined, switchedOver: () => undefined },
    memory: new ClusterMemory(clock),
    surelyLeads,
    operatorImage: 'operator',
    managerVersion: simBinary.version,
    resizesInPlace: true,
  };
  const ports = parts.changes.operator?.(real) ?? real;
  const work = async (key: string, tickSignal: AbortSignal): Promise<Duration | undefined> => {
    if (!caches.synced) return undefined;
    const [namespace = '', name = ''] = key.split('/');
    return await reconcile({ namespace, name }, ports, tickSignal);
  };
  const queue = new WorkQueue({ workers: 4, work }, { clock, log, random });
  const watching = caches.run(signal);
  await Promise.race([caches.waitForSync(), watching]);
  for (const { metadata } of caches.clusters.all()) queue.add(`${metadata.namespace}/${metadata.name}`);
  await watching;
  await queue.stop({ patience: tickPatience, limit: stopLimit });
  links.close();
}
