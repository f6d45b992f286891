import { apiCut, isCut, operatorCut, peerCut, watchStalls } from './cuts.ts';
import type { Pod } from './instance.ts';
import { madeAnew } from './instance.ts';
import { needsRead, seesApi, withPod } from './instance-moves.ts';
import { endPod, endRedis, newPod } from './life.ts';
import type { Emit } from './moves.ts';
import { newOperator } from './operator.ts';
import type { FaultKind } from './scope.ts';
import { none, type Values, type World } from './world.ts';

const kind = { redis: 20, pod: 21, freeze: 22, read: 23 } as const;

type Fault = (world: World, values: Values, emit: Emit) => void;

/** What goes wrong, each costing one fault; links heal for nothing. */
export function faults(world: World, values: Values, emit: Emit): void {
  heal(world, emit);
  const { scope } = values.rules;
  if (world.faults >= scope.faults) return;
  const costing = { ...world, faults: world.faults + 1 };
  for (const one of scope.kinds) byKind[one](costing, values, emit);
}

const byKind: Readonly<Record<FaultKind, Fault>> = {
  'redis crashes': (world, values, emit) => {
    for (const [pod, number] of running(world, values)) {
      const next = values.changed(number, { kind: kind.redis, pod }, (one) => endRedis(one, values.rules));
      emit(withPod(world, pod, next), 'FAULT: the redis-server of # crashes', pod);
    }
  },
  'pod crashes': (world, values, emit) => {
    for (const [pod, number] of running(world, values)) {
      const next = values.changed(number, { kind: kind.pod, pod }, (one) => endPod(one, values.rules));
      emit(withPod(world, pod, next), 'FAULT: the whole pod # ends', pod);
    }
  },
  /** Pod 0 is deleted by force and goes on where the operator does not see it; its name is another's. */
  'pod is made anew': (world, values, emit) => {
    if (world.pods[madeAnew] !== none) return;
    emit(
      withPod(world, madeAnew, values.instances.numberOf(newPod(madeAnew))),
      'FAULT: the object of pod 0 is deleted, and # is made in its place',
      madeAnew,
    );
  },
  freeze: (world, values, emit) => {
    for (const [pod, number] of running(world, values)) {
      if (values.instances.at(number).frozen) continue;
      const next = values.changed(number, { kind: kind.freeze, pod }, (one) => ({ ...one, frozen: true }));
      emit(withPod(world, pod, next), 'FAULT: # is frozen', pod);
    }
  },
  'API cut from one': (world, _values, emit) => {
    for (const pod of there(world))
      cut(world, apiCut(pod), emit, ['FAULT: # cannot reach the API server', pod]);
  },
  'API cut from all': (world, _values, emit) => {
    const all = there(world).reduce((bits, pod) => bits | apiCut(pod), 0);
    cut(world, all, emit, ['FAULT: no instance can reach the API server', none]);
  },
  'operator cut from one': (world, _values, emit) => {
    for (const pod of there(world))
      cut(world, operatorCut(pod), emit, ['FAULT: the operator cannot reach #', pod]);
  },
  'peers cut': (world, _values, emit) => {
    for (const pod of there(world)) {
      for (const other of there(world))
        if (pod < other)
          cut(world, peerCut(pod, other), emit, ['FAULT: # and @ cannot reach each other', pod, other]);
    }
  },
  'held up': holdUp,
  'watch stalls': (world, _values, emit) =>
    cut(world, watchStalls, emit, ['FAULT: the operator’s watch brings nothing', none]),
  /** The operator ends, or loses the Lease: another begins with nothing. A write on its way may yet arrive. */
  'new leader': (world, values, emit) => {
    const { status } = values.recorded.at(world.recorded);
    const before = values.operators.at(world.leader);
    const leaves =
      before.pending !== undefined || (!values.rules.guards.onlyLeaderGrants && before.grants !== undefined);
    const leader = values.operators.numberOf(newOperator(status));
    emit({ ...world, leader, deposed: leaves ? world.leader : none }, 'FAULT: another operator leads', none);
  },
};

const there = ({ pods }: World): readonly Pod[] => [...pods.keys()].filter((pod) => pods[pod] !== none);

const running = ({ pods }: World, values: Values): readonly (readonly [Pod, number])[] =>
  [...pods.entries()].filter(
    ([, number]) => number !== none && values.instances.at(number).process === 'running',
  );

function cut(world: World, bits: number, emit: Emit, [what, pod, other]: readonly [string, Pod, Pod?]): void {
  if ((world.cuts & bits) !== bits) emit({ ...world, cuts: world.cuts | bits }, what, pod, other);
}

/** Something on its way outlasts the tick: a command, a live read, a write of the status. */
function holdUp(world: World, values: Values, emit: Emit): void {
  const all = values.messages.at(world.messages);
  for (const message of all.filter(({ held }) => !held)) {
    const messages = values.messages.numberOf(
      all.map((one) => (one === message ? { ...one, held: true } : one)),
    );
    emit({ ...world, messages }, `FAULT: the command ${message.kind} to # is held up`, message.to);
  }
  holdGrantUp(world, values, emit);
  for (const by of ['leader', 'deposed'] as const) {
    if (world[by] === none) continue;
    const operator = values.operators.at(world[by]);
    if (operator.pending === undefined || operator.pending.held) continue;
    const held = values.operators.numberOf({ ...operator, pending: { ...operator.pending, held: true } });
    emit({ ...world, [by]: held }, 'FAULT: the operator’s write is held up', none);
  }
  const { status } = values.recorded.at(world.recorded);
  for (const [pod, number] of running(world, values)) {
    const instance = values.instances.at(number);
    if (
      instance.frozen ||
      !seesApi(pod, world) ||
      instance.reading !== undefined ||
      !needsRead(pod, number, values)
    )
      continue;
    const next = values.changed(number, { kind: kind.read, pod, detail: world.recorded }, (one) => ({
      ...one,
      reading: { status, age: 0, sameProcess: true },
    }));
    emit(withPod(world, pod, next), 'FAULT: # reads the status, and the answer is held up', pod);
  }
}

function holdGrantUp(world: World, values: Values, emit: Emit): void {
  const { grants } = values.operators.at(world.leader);
  if (grants === undefined || isCut(world.cuts, operatorCut(grants.pod))) return;
  const number = world.pods[grants.pod] ?? none;
  if (
    number === none ||
    values.instances.at(number).frozen ||
    values.instances.at(number).process !== 'running'
  )
    return;
  const grant = {
    kind: 'lease',
    to: grants.pod,
    term: grants.term,
    status: undefined,
    age: 0,
    held: true,
  } as const;
  const messages = values.messages.numberOf([...values.messages.at(world.messages), grant]);
  emit({ ...world, messages }, 'FAULT: a grant to # is held up', grants.pod);
}

function heal(world: World, emit: Emit): void {
  for (const pod of there(world)) {
    mend(world, apiCut(pod), emit, ['# reaches the API server again', pod]);
    mend(world, operatorCut(pod), emit, ['the operator reaches # again', pod]);
    for (const other of there(world))
      if (pod < other) mend(world, peerCut(pod, other), emit, ['# and @ reach each other again', pod, other]);
  }
  mend(world, watchStalls, emit, ['the operator’s watch goes on', none]);
}

function mend(world: World, bit: number, emit: Emit, [what, pod, other]: readonly [string, Pod, Pod?]): void {
  if (isCut(world.cuts, bit)) emit({ ...world, cuts: world.cuts & ~bit }, what, pod, other);
}
