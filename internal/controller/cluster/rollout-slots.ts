import type { Clock } from '../../time/clock.ts';
import { between, type Duration, type Moment, minutes } from '../../time/units.ts';

interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** As many clusters are updated at once, unless the operator's command line says otherwise: a bad image harms so many. */
export const usualRollouts = 3;
/**
 * A cluster that replaces no pod for so long is stuck, and keeps the others waiting no longer. More than a pod takes that
 * pulls its image and loads its data.
 */
export const slotPatience: Duration = minutes(15);

/**
 * Which clusters are being updated, as far as this operator process knows. A new process knows of none, and may begin as
 * many again.
 */
export class RolloutSlots {
  readonly #limit: number;
  readonly #clock: Clock;
  /** When each of them had a pod replaced last. */
  readonly #taken = new Map<string, Moment>();

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Fewer than the limit are being updated, this one not counted. */
  mayTake(cluster: ClusterName): boolean {
    const now = this.#clock.monotonic();
    const others = [...this.#taken].filter(
      ([key, at]) => key !== keyOf(cluster) && between(at, now) < slotPatience,
    );
    return others.length < this.#limit;
  }

  /** Takes or keeps a slot for another pod; false when others have taken all of them meanwhile. */
  take(cluster: ClusterName): boolean {
    if (!this.mayTake(cluster)) return false;
    this.#taken.set(keyOf(cluster), this.#clock.monotonic());
    return true;
  }

  giveBack(cluster: ClusterName): void {
    this.#taken.delete(keyOf(cluster));
  }
}

const keyOf = ({ namespace, name }: ClusterName): string => `${namespace}/${name}`;
