import { once } from 'node:events';
import type { ControlClient } from './client.ts';
import type { InstanceEvent } from './protocol.ts';

/**
 * The same connections, for a network that keeps none open for long: nothing is heard unasked, and a stream of events is
 * one that stays empty until `signal` aborts.
 */
export const withoutEvents = (
  client: ControlClient,
): Pick<ControlClient, 'report' | 'command' | 'grant' | 'events' | 'upgrade' | 'close'> => ({
  report: (...question) => client.report(...question),
  command: (...order) => client.command(...order),
  grant: (endpoint, order, signal) => client.command(endpoint, 'lease', order, signal),
  upgrade: (...order) => client.upgrade(...order),
  events: (_endpoint, signal) => emptyUntil(signal),
  close: () => client.close(),
});

async function* emptyUntil(signal: AbortSignal): AsyncGenerator<InstanceEvent | undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  yield* [];
}
