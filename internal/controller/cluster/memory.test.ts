import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../control/protocol.ts';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { milliseconds, moment } from '../../time/units.ts';
import { ClusterMemory } from './memory.ts';
import type { RecordedTenure } from './tenure.ts';
import type { PodFacts, Sighting } from './view.ts';
import { podWith, reported } from './views.fixture.ts';

const cluster = { namespace: 'orders', name: 'shop', uid: 'u1' };
const tenure: RecordedTenure = {
  term: 3,
  target: 'shop-0',
  targetUID: 'uid-0',
  targetRun: 'run-0',
  fencedSince: undefined,
};
const serving: Partial<InstanceReport> = { role: 'primary', bootTerm: 2, upstream: undefined };

/** A memory whose clock is moved by hand. */
function remembering() {
  const clock = new HandClock();
  const memory = new ClusterMemory(clock);
  const of = () => memory.of(cluster);
  const look = (pod: PodFacts | undefined, sighting: Sighting | undefined, record = tenure) => {
    const sightings = new Map(sighting === undefined ? [] : [['shop-0', sighting] as const]);
    of().heard(pod === undefined ? [] : [pod], sightings, clock.monotonic());
    return of().recall(record, pod, sighting);
  };
  const pass = (length: number) => clock.pass(milliseconds(length));
  return { memory, of, look, pass };
}

test('a fence is as old as this process has known it, and a new one begins anew', async () => {
  const { look, pass } = remembering();
  const fenced = { ...tenure, fencedSince: '2026-01-01T00:00:00Z' };
  const ages = [look(podWith(0), reported(0, serving), fenced).fencedFor];
  await pass(700);
  ages.push(look(podWith(0), reported(0, serving), fenced).fencedFor);
  ages.push(look(podWith(0), reported(0, serving)).fencedFor);
  await pass(100);
  ages.push(look(podWith(0), reported(0, serving), fenced).fencedFor);
  assert.deepEqual(ages, [0, 700, undefined, 0]);
});

test('a pod that vanished, or was made anew, is missed from when that was seen, or from when it fell silent before', async () => {
  const { look, pass } = remembering();
  assert.equal(look(podWith(0), reported(0, serving)).silentFor, 0);
  await pass(9000);
  assert.equal(look(undefined, undefined).silentFor, 0, 'it may have been asked in between');
  await pass(400);
  const anew = podWith(0, { uid: 'another' });
  assert.equal(look(anew, reported(0, { podUID: 'another' })).silentFor, 400);

  const other = remembering();
  other.look(podWith(0), { kind: 'silent', because: 'test', for: milliseconds(700) });
  await other.pass(50);
  assert.equal(other.look(undefined, undefined).silentFor, 750);
});

test('a process that has only just begun counts silence from when it first looked', async () => {
  const { look, pass } = remembering();
  assert.equal(look(undefined, undefined).silentFor, 0);
  await pass(900);
  assert.equal(look(undefined, undefined).silentFor, 900);
});

test("an end of the container is remembered when the pod is gone, and refuted by the pod's own word", () => {
  const ended = { id: 'c1/now', words: 'Error with code 137' };
  const { look } = remembering();
  const silence: Sighting = { kind: 'silent', because: 'test', for: milliseconds(5) };
  assert.equal(look(podWith(0, { ended }), silence).ended, ended.words);
  assert.equal(look(undefined, undefined).ended, ended.words);

  const other = remembering();
  assert.equal(other.look(podWith(0, { ended }), reported(0, serving)).ended, undefined);
  assert.equal(other.look(podWith(0, { ended }), silence).ended, undefined, 'the kubelet has told it late');
  const later = { ...ended, id: 'c2/later' };
  assert.equal(other.look(podWith(0, { ended: later }), silence).ended, later.words);
});

test('what the primary last said of its stream is kept for its term, and what a former process said is not', () => {
  const { look } = remembering();
  assert.equal(look(podWith(0), reported(0, { ...serving, offset: 7 })).lastServed?.offset, 7);
  const last = { ...serving, role: 'none', process: { state: 'exited', pid: 1, exit: undefined } } as const;
  assert.equal(look(podWith(0), reported(0, { ...last, offset: 0 })).lastServed?.offset, 7);
  assert.equal(look(podWith(0), reported(0, serving), { ...tenure, term: 4 }).lastServed, undefined);
});

test('what was pushed before an instance fell silent counts as said', () => {
  const { look, of } = remembering();
  const said = reported(0, { ...serving, offset: 9 });
  const last = said.kind === 'reported' ? said.report : undefined;
  look(podWith(0), { kind: 'silent', because: 'test', for: milliseconds(5), last });
  assert.equal(of().lastReport('shop-0')?.offset, 9);
});

test('a question goes unanswered since it was asked, until it is answered', async () => {
  const { look, of, pass } = remembering();
  const silence: Sighting = { kind: 'silent', because: 'test', for: milliseconds(5000) };
  look(podWith(0), silence);
  await pass(300);
  look(podWith(0), silence);
  assert.equal(of().missedFor('shop-0'), 300);
  look(podWith(0), reported(0, serving));
  assert.equal(of().missedFor('shop-0'), 0);
});

test('a cluster is outdated before our own last write, and where our write was refused', () => {
  const { of } = remembering();
  assert.equal(of().isOutdated('5'), false);
  of().wrote('10');
  assert.deepEqual(
    ['9', '10', '11'].map((version) => of().isOutdated(version)),
    [true, false, false],
  );
  of().overtaken('12');
  assert.deepEqual(
    ['12', '13'].map((version) => of().isOutdated(version)),
    [true, false],
  );
});

test('the time of a failover runs from its first evidence, once', async () => {
  const { of, pass } = remembering();
  assert.equal(of().recovered(), undefined);
  of().failing(moment(0));
  await pass(50);
  of().failing(moment(50));
  await pass(50);
  assert.equal(of().recovered(), 100);
  assert.equal(of().recovered(), undefined);
});

test('a cluster that is made anew under its name begins with nothing', () => {
  const { memory, of } = remembering();
  of().wrote('10');
  assert.equal(memory.of({ ...cluster, uid: 'u2' }).isOutdated('5'), false);
});

test('a claim that was refused more room is not asked about again for a while', async () => {
  const { of, pass } = remembering();
  const refusal = { bytes: 5n, because: 'the class forbids it' };
  of().growthRefused('shop-data-0', refusal);
  await pass(599_999);
  assert.deepEqual(of().growthRefusal('shop-data-0'), refusal);
  assert.equal(of().growthRefusal('shop-data-1'), undefined);
  await pass(1);
  assert.equal(of().growthRefusal('shop-data-0'), undefined);
});

test('a request is as old as this process has known it, and another one begins anew', async () => {
  const { of, pass } = remembering();
  const ages = [of().askedFor(undefined), of().askedFor('shop-1')];
  await pass(700);
  ages.push(of().askedFor('shop-1'), of().askedFor('shop-2'));
  await pass(100);
  ages.push(of().askedFor('shop-2'), of().askedFor(undefined), of().askedFor('shop-2'));
  assert.deepEqual(ages, [0, 0, 700, 0, 100, 0, 0]);
});
