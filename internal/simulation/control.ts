import type { ControlClient } from '../control/client.ts';
import type { InstanceEvent, PeerAnswer } from '../control/protocol.ts';
import type { RoleCommand } from '../instance-manager/commands.ts';
import type { SimInstance } from './instance.ts';
import { type Endpoint, type Network, NoAnswer } from './network.ts';
import type { SimProcess } from './process.ts';
import type { Testimony } from './testimony.ts';

/** The control port of whoever has this address. */
export interface ControlPlace {
  readonly network: Network;
  instanceAt(ip: string): SimInstance | undefined;
}

export type InstanceClient = Pick<
  ControlClient,
  'report' | 'command' | 'grant' | 'events' | 'upgrade' | 'close'
>;

/** The operator's connections to instances. */
export function simControlClient(
  operator: SimProcess,
  place: ControlPlace,
  testimony: Testimony,
): InstanceClient {
  const endpointOf = (instance: SimInstance | undefined): Endpoint => endpointFrom(operator, instance);
  const command: InstanceClient['command'] = async ({ host }, kind, command, signal) => {
    const instance = place.instanceAt(host);
    const serve = () => {
      if (instance === undefined) throw new NoAnswer('refused');
      return instance.obey({ kind, ...command } as RoleCommand);
    };
    const report = await place.network.ask(operator, endpointOf(instance), serve, signal);
    testimony.told(report);
    return report;
  };
  return {
    report: async ({ host }, signal) => {
      const instance = place.instanceAt(host);
      const serve = () => {
        if (instance === undefined) throw new NoAnswer('refused');
        return instance.freshReport();
      };
      const answered = testimony.asks(host);
      const report = await place.network.ask(operator, endpointOf(instance), serve, signal);
      answered(report);
      return report;
    },
    command,
    // One question and one answer, however they travel.
    grant: (endpoint, order, signal) => command(endpoint, 'lease', order, signal),
    upgrade: async ({ host }, command, _binary, signal) => {
      const instance = place.instanceAt(host);
      const serve = () => {
        if (instance === undefined) throw new NoAnswer('refused');
        return instance.upgrade({ kind: 'upgrade', ...command });
      };
      const report = await place.network.ask(operator, endpointOf(instance), serve, signal);
      testimony.told(report);
      return report;
    },
    async *events({ host }, signal) {
      for await (const event of eventsOf(place.instanceAt(host), operator, place.network, signal)) {
        if (event !== undefined) testimony.told(event.report);
        yield event;
      }
    },
    close: () => undefined,
  };
}

/** A stream of what one instance tells, with a sign of life every 10 s; it ends when the instance's process does. */
async function* eventsOf(
  instance: SimInstance | undefined,
  operator: SimProcess,
  network: Network,
  signal: AbortSignal,
): AsyncGenerator<InstanceEvent | undefined> {
  if (instance === undefined) throw new NoAnswer('refused');
  const { process } = instance.parts;
  const arrived: (InstanceEvent | undefined)[] = [];
  let wake: () => void = () => undefined;
  let over = false;
  let last = 0;
  // As over one connection: nothing overtakes what was sent before it, its end included.
  const inOrder = (deliver: () => void): void => {
    if (network.isCut(process.node, operator.node)) return;
    const { scheduler } = operator;
    last = Math.max(last, scheduler.now + network.delay(process.node, operator.node));
    scheduler.at(last, () => {
      if (!network.isCut(process.node, operator.node)) operator.act(deliver);
    });
  };
  const send = (event: InstanceEvent | undefined): void =>
    inOrder(() => {
      arrived.push(event);
      wake();
    });
  const end = (): void => {
    over = true;
    wake();
  };
  signal.addEventListener('abort', end, { once: true });
  const beat = (): void => {
    if (over || !operator.alive) return;
    send(undefined);
    process.later(beatEvery, beat);
  };
  const endpoint: Endpoint = { node: process.node, process: () => process };
  const stop = await network.ask(operator, endpoint, () => instance.subscribe(send), signal);
  process.later(beatEvery, beat);
  const unhook = instance.onEnd(() => inOrder(end));
  try {
    for (;;) {
      while (arrived.length > 0) yield arrived.shift();
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', end);
    unhook();
    stop();
  }
}

const beatEvery = 10_000;

/** One instance asks another what it reads. */
export function askPeer(
  { network, instanceAt }: ControlPlace,
  asking: SimProcess,
  address: string,
  signal: AbortSignal,
): Promise<PeerAnswer> {
  const peer = instanceAt(address);
  const serve = (): Promise<PeerAnswer> => {
    if (peer === undefined) throw new NoAnswer('refused');
    return peer.answerPeer();
  };
  return network.ask(asking, endpointFrom(asking, peer), serve, signal);
}

/** Where nobody has the address, the asker's own node says so. */
const endpointFrom = (asking: SimProcess, instance: SimInstance | undefined): Endpoint => ({
  node: instance?.parts.process.node ?? asking.node,
  process: () => instance?.parts.process,
});
