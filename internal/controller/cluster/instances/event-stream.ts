import type { InstanceEvent } from '../../../control/protocol.ts';
import { describeError } from '../../../errors.ts';
import type { Logger } from '../../../log/logger.ts';
import type { Clock } from '../../../time/clock.ts';
import { seconds } from '../../../time/units.ts';

export interface EventStreamPorts {
  readonly clock: Clock;
  readonly log: Logger;
  events(signal: AbortSignal): AsyncIterable<InstanceEvent | undefined>;
  /** An event came, or, with undefined, the stream broke off: either is a reason to look. */
  onHeard(event: InstanceEvent | undefined): void;
}

/** Often enough to hear of a crash soon after a broken connection, rare enough for a pod that is not up yet. */
const retryEvery = seconds(1);
/** The instance writes an empty line every 10 s; two missed and the connection is taken for dead. */
export const idleLimit = seconds(25);

/** One open stream of an instance's own news, opened again whenever it ends, until it is closed. */
export class EventStream {
  readonly #ports: EventStreamPorts;
  readonly #closing = new AbortController();

  constructor(ports: EventStreamPorts) {
    this.#ports = ports;
    void this.#run();
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#listen(signal);
      } catch (failure) {
        this.#ports.log.debug('an event stream ended', { because: describeError(failure) });
      }
      await this.#ports.clock.sleep(retryEvery, signal);
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const idle = new AbortController();
    let rest = this.#ports.clock.schedule(idleLimit, () => idle.abort());
    try {
      for await (const event of this.#ports.events(AbortSignal.any([signal, idle.signal]))) {
        rest();
        rest = this.#ports.clock.schedule(idleLimit, () => idle.abort());
        if (event !== undefined) this.#ports.onHeard(event);
      }
    } finally {
      rest();
      if (!signal.aborted) this.#ports.onHeard(undefined);
    }
  }
}
