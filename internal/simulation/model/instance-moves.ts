import { answerOf, mayAsk, takeAnswer } from './asking.ts';
import { apiCut, isCut, peerCut } from './cuts.ts';
import { hear, read } from './hearing.ts';
import { madeAnew, type Pod } from './instance.ts';
import { start, takeStream, thaw } from './life.ts';
import type { Emit } from './moves.ts';
import { settle } from './settle.ts';
import { none, type Values, type World } from './world.ts';

const kind = {
  hear: 1,
  read: 2,
  late: 3,
  ask: 4,
  answer: 5,
  start: 6,
  thaw: 7,
  stream: 8,
  write: 9,
  look: 11,
} as const;

/** What an instance may do next, or hear. */
export function instanceMoves(world: World, values: Values, emit: Emit): void {
  for (const [pod, number] of world.pods.entries()) {
    if (number === none) continue;
    const { frozen, process } = values.instances.at(number);
    const here = { world, values, emit };
    if (frozen || process !== 'running') revive(here, pod, number);
    if (frozen || process === 'gone') continue;
    reads(here, pod, number);
    if (process === 'running') serve(here, pod, number);
  }
}

/** What takes a redis-server that runs. */
function serve(here: Here, pod: Pod, number: number): void {
  const { world, values, emit } = here;
  const next = values.changed(number, { kind: kind.look, pod }, (one) => settle(pod, one, values.rules));
  if (next !== number) emit(withPod(world, pod, next), '# looks at its redis-server', pod);
  asks(here, pod, number);
  streams(here, pod, number);
  writes(here, pod, number);
}

interface Here {
  readonly world: World;
  readonly values: Values;
  readonly emit: Emit;
}

export const withPod = (world: World, pod: Pod, number: number): World => ({
  ...world,
  pods: world.pods.with(pod, number),
});

/** The API server answers it: one whose pod was deleted it knows no more. */
export const seesApi = (pod: Pod, { pods, cuts }: World): boolean =>
  !isCut(cuts, apiCut(pod)) && !(pod === 0 && (pods[madeAnew] ?? none) !== none);

function revive({ world, values, emit }: Here, pod: Pod, number: number): void {
  const { rules } = values;
  if (values.instances.at(number).frozen) {
    const next = values.changed(number, { kind: kind.thaw, pod }, (one) => thaw(pod, one, rules));
    emit(withPod(world, pod, next), '# goes on', pod);
    return;
  }
  const next = values.changed(number, { kind: kind.start, pod }, (one) => start(one, rules));
  emit(withPod(world, pod, next), '# starts again', pod);
}

function reads({ world, values, emit }: Here, pod: Pod, number: number): void {
  const { rules } = values;
  const instance = values.instances.at(number);
  const { status } = values.recorded.at(world.recorded);
  const { reading, process } = instance;
  if (reading !== undefined) {
    const next = values.changed(number, { kind: kind.late, pod }, (one) =>
      read(pod, { ...one, reading: undefined }, { kind: 'read', ...reading }, rules),
    );
    emit(withPod(world, pod, next), '# gets the answer to its read, which was held up', pod);
  }
  if (!seesApi(pod, world)) return;
  const detail = world.recorded;
  if ((instance.known?.version ?? 0) < status.version) {
    const next = values.changed(number, { kind: kind.hear, pod, detail }, (one) =>
      hear(pod, one, status, rules),
    );
    emit(withPod(world, pod, next), '# hears what the status says', pod);
  }
  if (!needsRead(pod, number, values)) return;
  const next = values.changed(number, { kind: kind.read, pod, detail }, (one) =>
    read(pod, one, { kind: 'read', status, age: 0, sameProcess: process === 'running' }, rules),
  );
  emit(withPod(world, pod, next), '# reads the status live', pod);
}

/** As `need` in `proofViewOf`, and as long as the boot term is not known. */
export function needsRead(pod: Pod, number: number, values: Values): boolean {
  const { process, known, bootTerm } = values.instances.at(number);
  if (process !== 'running') return known === undefined;
  return bootTerm === undefined || known === undefined || values.needsProof(pod, number);
}

/** The peers are asked when the API server does not answer; they answer within the same tick, or not at all. */
function asks(here: Here, pod: Pod, number: number): void {
  const { world, values, emit } = here;
  const instance = values.instances.at(number);
  if (instance.unreachable === undefined) {
    if (seesApi(pod, world) || !mayAsk(pod, instance) || !values.needsProof(pod, number)) return;
    const next = values.changed(number, { kind: kind.ask, pod }, (one) => ({ ...one, unreachable: 0 }));
    emit(withPod(world, pod, next), '# asks its peers', pod);
    return;
  }
  for (const [peer, other] of world.pods.entries()) {
    const answered = (instance.unreachable & (1 << peer)) !== 0;
    if (peer === pod || peer % 3 === pod % 3 || other === none || answered) continue;
    if (!isCut(world.cuts, peerCut(pod, peer))) hearPeer(here, pod, peer);
  }
}

function hearPeer({ world, values, emit }: Here, pod: Pod, peer: Pod): void {
  const { rules } = values;
  const [number = none, other = none] = [world.pods[pod], world.pods[peer]];
  const asked = values.instances.at(other);
  if (asked.frozen || asked.process === 'gone') return;
  const status = !seesApi(peer, world) ? undefined : values.recorded.at(world.recorded).status;
  const answer = answerOf(peer, asked, status, rules);
  const reading = status === undefined ? 0 : 1 + world.recorded;
  const detail = reading * 64 + peer * 16 + answer.term;
  const next = values.changed(number, { kind: kind.answer, pod, detail }, (one) =>
    takeAnswer(pod, one, { answer, peer, status }, rules),
  );
  const heard = withPod(world, pod, next);
  if (status === undefined) {
    emit(heard, '#, asked by @, reads nothing', peer, pod);
    return;
  }
  const told = values.changed(other, { kind: kind.hear, pod: peer, detail: world.recorded }, (one) =>
    hear(peer, one, status, rules),
  );
  emit(withPod(heard, peer, told), '#, asked by @, reads the status', peer, pod);
}

/** A replica receives all that its primary has: a redis-server that is a primary, and does not stand still. */
function streams({ world, values, emit }: Here, pod: Pod, number: number): void {
  const { rules } = values;
  const { follows, data, syncedTerm } = values.instances.at(number);
  if (typeof follows !== 'number' || isCut(world.cuts, peerCut(pod, follows))) return;
  const from = world.pods[follows] ?? none;
  if (from === none) return;
  const upstream = values.instances.at(from);
  if (upstream.frozen || upstream.process !== 'running' || upstream.follows !== 'nobody') return;
  const next = values.changed(number, { kind: kind.stream, pod, detail: upstream.data }, (one) =>
    takeStream(one, upstream, rules),
  );
  const { data: received, syncedTerm: synced } = values.instances.at(next);
  if (received === data && synced === syncedTerm) return;
  const confirms = received === 2 && rules.scope.minSyncReplicas === 1 && world.write === 1;
  emit(
    { ...withPod(world, pod, next), write: confirms ? 2 : world.write },
    confirms ? '# receives the write, and WAIT 1 confirms it' : '# receives all that @ has',
    pod,
    follows,
  );
}

function writes({ world, values, emit }: Here, pod: Pod, number: number): void {
  if (values.rules.scope.minSyncReplicas === 0 || world.write !== 0 || !values.takesWrites(number)) return;
  const next = values.changed(number, { kind: kind.write, pod }, (one) => ({ ...one, data: 2 }));
  emit({ ...withPod(world, pod, next), write: 1 }, '# takes a write', pod);
}
