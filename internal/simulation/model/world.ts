import type { Message } from './hearing.ts';
import { type Instance, madeAnew, type Pod, type Status } from './instance.ts';
import { Interned, Remembered } from './intern.ts';
import {
  emptiedInstances,
  firstInstances,
  firstStatus,
  lateInstances,
  lateStatus,
  offeringStatus,
  succeededInstances,
} from './life.ts';
import { newOperator, type Operator } from './operator.ts';
import type { Decided } from './operator-moves.ts';
import type { Scope } from './scope.ts';
import { needsProof, type Rules, takesWrites } from './settle.ts';

/** What the API server holds, and, for the rules alone, whom each term was given to, the first term first. */
export interface Recorded {
  readonly status: Status;
  readonly appointed: readonly Pod[];
}

/**
 * A state: what there is of each kind by its number, so that two states are equal when their numbers are. -1 for a pod, or
 * for an operator that has lost the Lease, that is not there.
 */
export interface World {
  readonly pods: readonly number[];
  readonly leader: number;
  readonly deposed: number;
  readonly recorded: number;
  readonly messages: number;
  /** Bits: see cuts.ts. */
  readonly cuts: number;
  readonly faults: number;
  /** The one write that is looked at: 0 not made, 1 made, 2 acknowledged by `WAIT W`. */
  readonly write: 0 | 1 | 2;
}

export const none = -1;

/** The values behind the numbers of all states of one exploration. */
export class Values {
  readonly rules: Rules;
  readonly instances = new Interned<Instance>();
  readonly operators = new Interned<Operator>();
  readonly recorded = new Interned<Recorded>();
  readonly messages = new Interned<readonly Message[]>();
  readonly decisions = new Map<string, Decided>();
  readonly #changes = new Remembered<number>();
  readonly #agings = new Remembered<number>();
  readonly #writers: (boolean | undefined)[] = [];
  readonly #proofless: (boolean | undefined)[] = [];

  constructor(rules: Rules) {
    this.rules = rules;
  }

  first(): World {
    const { scope } = this.rules;
    const { status, appointed } = records[scope.begins];
    const { target, term } = status;
    const numbers = beginnings[scope.begins](scope).map((one) =>
      one === undefined ? none : this.instances.numberOf(one),
    );
    return {
      pods: scope.kinds.includes('pod is made anew') ? padded(numbers) : numbers,
      leader: this.operators.numberOf({ ...newOperator(status), grants: { term, pod: target } }),
      deposed: none,
      recorded: this.recorded.numberOf({ status, appointed }),
      messages: this.messages.numberOf([]),
      cuts: 0,
      faults: 0,
      write: scope.begins === 'emptied' ? 2 : 0,
    };
  }

  takesWrites(number: number): boolean {
    const known = this.#writers[number];
    if (known !== undefined) return known;
    const answer = takesWrites(this.instances.at(number), this.rules);
    this.#writers[number] = answer;
    return answer;
  }

  /** A proof is to be looked for: as `need` in `proofViewOf`. */
  needsProof(pod: Pod, number: number): boolean {
    const known = this.#proofless[number * 4 + pod];
    if (known !== undefined) return known;
    const answer = needsProof(pod, this.instances.at(number), this.rules);
    this.#proofless[number * 4 + pod] = answer;
    return answer;
  }

  /** An operator or the messages on their way, a tick later. */
  aged(what: number, detail: number, compute: () => number): number {
    return this.#agings.of(what, detail, compute);
  }

  /** Pod's instance after a change of a kind, which depends on nothing else but `detail`: computed once. */
  changed(
    number: number,
    { kind, pod, detail = 0 }: { readonly kind: number; readonly pod: Pod; readonly detail?: number },
    change: (instance: Instance) => Instance,
  ): number {
    return this.#changes.of(number, (kind * 4 + pod) * 0x10_0000 + detail, () =>
      this.instances.numberOf(change(this.instances.at(number))),
    );
  }
}

const records: Readonly<Record<Scope['begins'], Recorded>> = {
  settled: { status: firstStatus, appointed: [0] },
  outlived: { status: lateStatus, appointed: [0, 1] },
  succeeded: { status: offeringStatus, appointed: [0, 1] },
  emptied: { status: firstStatus, appointed: [0] },
};

const beginnings: Readonly<Record<Scope['begins'], (scope: Scope) => readonly (Instance | undefined)[]>> = {
  settled: firstInstances,
  outlived: () => lateInstances,
  succeeded: () => succeededInstances,
  emptied: () => emptiedInstances,
};

const padded = (pods: readonly number[]): readonly number[] => [
  ...pods,
  ...Array.from({ length: madeAnew + 1 - pods.length }, () => none),
];
