import type { InstanceReport } from '../../control/protocol.ts';
import type { InstanceCommand, Ports as OperatorPorts } from '../../controller/cluster/ports.ts';
import { closedGate } from '../../instance-manager/decide.ts';
import type { Ports as InstancePorts, RedisServer } from '../../instance-manager/ports.ts';
import type { Changes } from '../changes.ts';
import { both, hearing, recalling } from '../mutations.ts';
import type { Theme } from '../story.ts';
import { growing } from './growth.ts';
import * as themes from './themes.ts';

/** A guard of a planned operation that is taken away. */
export interface PlannedMutant {
  readonly name: string;
  readonly theme: Theme;
  readonly seed: number;
  readonly changes: Changes;
}

const instance = (change: (ports: InstancePorts) => Partial<InstancePorts>): Changes => ({
  instance: (ports) => ({ ...ports, ...change(ports) }),
});

/** Says that the gate is closed, and leaves it open. */
function onlySaysSo(real: RedisServer): RedisServer {
  let released = false;
  const redis: RedisServer = Object.create(real);
  return Object.assign(redis, {
    release: () => {
      released = true;
      return Promise.resolve();
    },
    setWriteGate: (count: number, signal: AbortSignal) => {
      released = false;
      return real.setWriteGate(count, signal);
    },
    look: async (signal: AbortSignal) => {
      const sighting = await real.look(signal);
      const seen = { ...sighting.redis, writeGate: closedGate, listens: false };
      return released ? { ...sighting, redis: seen } : sighting;
    },
  });
}

/** Makes up the answer to a command of this kind, from what the instance says of itself. */
const madeUp = (
  { instances }: OperatorPorts,
  answer: (command: InstanceCommand, report: InstanceReport) => InstanceReport | undefined,
): OperatorPorts['instances'] => ({
  sightings: (...asked) => instances.sightings(...asked),
  upgrade: (...asked) => instances.upgrade(...asked),
  grant: (...granted) => instances.grant(...granted),
  forget: (cluster) => instances.forget(cluster),
  command: async (cluster, target, command, signal) => {
    if (command.kind !== 'switchover' && command.kind !== 'recall')
      return await instances.command(cluster, target, command, signal);
    const seen = (await instances.sightings(cluster, [target], signal)).get(target.pod);
    const made = seen?.kind === 'reported' ? answer(command, seen.report) : undefined;
    return made ?? (await instances.command(cluster, target, command, signal));
  },
});

/** Appoints without having asked: whatever the primary says is taken for a release. */
const asksNobody = (ports: OperatorPorts): OperatorPorts['instances'] =>
  madeUp(ports, (command, report) =>
    command.kind === 'switchover'
      ? { ...report, released: { candidate: command.candidate, handover: command.handover } }
      : undefined,
  );

/** Takes an offer off the record without the primary's promise. */
const recallsUnasked = (ports: OperatorPorts): OperatorPorts['instances'] =>
  madeUp(ports, (command, report) => (command.kind === 'recall' ? report : undefined));

/** Says that it knows of others. */
const knowing = (report: InstanceReport): InstanceReport => ({ ...report, alone: undefined });

/** Every guard of planned operations that can be reached at a port. Each must be caught. */
export const plannedMutants: readonly PlannedMutant[] = [
  {
    name: 'nobody waits for the candidate to catch up',
    seed: 1,
    theme: themes.slowStream,
    changes: instance(({ upstream }) => ({
      upstream: { ask: async (...asked) => ({ ...(await upstream.ask(...asked)), offset: 1e12 }) },
    })),
  },
  {
    name: 'the old primary is not demoted before the new one is promoted',
    seed: 1,
    theme: themes.slowRecord,
    changes: instance(({ redis }) => ({ redis: onlySaysSo(redis) })),
  },
  {
    name: 'a successor is promoted without a release',
    seed: 1,
    theme: themes.slowWords,
    changes: { operator: (ports) => ({ ...ports, instances: asksNobody(ports) }) },
  },
  {
    name: 'a second instance joins a primary that knows of nobody else',
    seed: 1,
    theme: growing(['control-plane']),
    changes: both(
      recalling(({ lastServed }) => (lastServed === undefined ? {} : { lastServed: knowing(lastServed) })),
      hearing(knowing),
    ),
  },
  {
    name: 'an offer is taken off the record without the promise of the primary',
    seed: 1,
    theme: themes.slowAnswer,
    changes: { operator: (ports) => ({ ...ports, instances: recallsUnasked(ports) }) },
  },
  {
    name: 'a primary that dies is replaced at once, whomever it was to hand over to',
    seed: 1,
    theme: themes.bereaved,
    changes: recalling(() => ({ offer: undefined }) as object),
  },
];
