import { isCut, watchStalls } from './cuts.ts';
import { faults } from './faults.ts';
import type { Message } from './hearing.ts';
import { instanceMoves } from './instance-moves.ts';
import { age } from './life.ts';
import { ageOperator } from './operator.ts';
import { operatorMoves } from './operator-moves.ts';
import { heldUpAtMost } from './time.ts';
import { none, type Values, type World } from './world.ts';

/** Takes what may come next, and what happens on the way in words of `tell`; pods are told by number. */
export type Emit = (next: World, what: string, pod: number, other?: number) => void;

/** Everything that may happen next. The order is always the same. */
export function moves(world: World, values: Values, emit: Emit): void {
  emit(tick(world, values), 'a tick passes', none);
  instanceMoves(world, values, emit);
  operatorMoves(world, values, emit);
  faults(world, values, emit);
}

/** Time passes for everybody. What was on its way and was not held up is lost. */
function tick(world: World, values: Values): World {
  const { status } = values.recorded.at(world.recorded);
  const stalls = isCut(world.cuts, watchStalls);
  return {
    ...world,
    pods: world.pods.map((number, pod) =>
      number === none
        ? none
        : values.changed(number, { kind: kindOfTick, pod }, (instance) => age(pod, instance, values.rules)),
    ),
    leader: values.aged(world.leader, 2 * (world.recorded * 2 + (stalls ? 1 : 0)), () =>
      values.operators.numberOf(ageOperator(values.operators.at(world.leader), status, stalls)),
    ),
    deposed: agedDeposed(world, values),
    messages: agedMessages(world, values),
  };
}

const kindOfTick = 0;

function agedDeposed({ deposed, recorded }: World, values: Values): number {
  if (deposed === none) return none;
  const aged = ageOperator(values.operators.at(deposed), values.recorded.at(recorded).status, true);
  const idle = aged.pending === undefined && values.rules.guards.onlyLeaderGrants;
  return idle ? none : values.operators.numberOf(aged);
}

function agedMessages({ messages, pods }: World, values: Values): number {
  const frozen = pods.reduce((bits, number, pod) => {
    const still = number !== none && values.instances.at(number).frozen;
    return still ? bits | (1 << pod) : bits;
  }, 0);
  return values.aged(messages, 2 * frozen + 1, () =>
    values.messages.numberOf(afterTick(messages, frozen, values)),
  );
}

function afterTick(messages: number, frozen: number, values: Values): readonly Message[] {
  return values.messages.at(messages).flatMap((message) => {
    const waits = message.held || isCut(frozen, 1 << message.to);
    return waits && message.age < heldUpAtMost ? [{ ...message, age: message.age + 1 }] : [];
  });
}
