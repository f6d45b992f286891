import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../../../../api/v1/redis-cluster.ts';
import type { MemoryUse } from '../../../control/protocol.ts';
import { after, seconds, toRfc3339 } from '../../../time/units.ts';
import { hold } from '../failover/step.ts';
import {
  instances,
  now,
  parts,
  plannedWith,
  primary,
  replica,
  reported,
  viewWith,
} from '../views.fixture.ts';
import { type AssessmentInputs, assess } from './assess.ts';
import { conditionsOf } from './conditions.ts';

const at = { now, generation: 7 };
const healthy: AssessmentInputs = {
  view: viewWith(),
  step: hold('the primary serves'),
  obstacles: [],
  problems: [],
};
const conditionsFor = (change: Partial<AssessmentInputs>, previous: readonly Condition[] = []) =>
  conditionsOf(assess({ ...healthy, ...change }), previous, at);
const named = (conditions: readonly Condition[], type: string): Condition => {
  const found = conditions.find((condition) => condition.type === type);
  assert.ok(found !== undefined, type);
  return found;
};

test('a healthy cluster says so in every condition, each once and in a fixed order', () => {
  assert.deepEqual(
    conditionsFor({}).map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    [
      'Ready True AllInstancesReady',
      'PrimaryAvailable True PrimaryServes',
      'ReplicationHealthy True AllReplicasInSync',
      'Progressing False Complete',
      'FailoverPossible True CandidateInSync',
      'PrimaryUpdateWaiting False NothingWaits',
      'SpecValid True Valid',
    ],
  );
  for (const { observedGeneration, lastTransitionTime } of conditionsFor({})) {
    assert.equal(observedGeneration, 7);
    assert.equal(lastTransitionTime, toRfc3339(now));
  }
});

test('a condition keeps the time of its last change while its status stays, whatever its words', () => {
  const earlier = toRfc3339(after(now, seconds(-60)));
  const before = conditionsFor({}).map((condition) => ({ ...condition, lastTransitionTime: earlier }));
  for (const condition of conditionsFor({}, before)) assert.equal(condition.lastTransitionTime, earlier);
  const problems = [{ field: 'spec.a', message: 'spec.a: wrong' }];
  const changed = conditionsFor({ problems }, before);
  assert.equal(named(changed, 'SpecValid').lastTransitionTime, toRfc3339(now));
  assert.equal(named(changed, 'PrimaryAvailable').lastTransitionTime, earlier);
});

test('what stands in the way is told with its reason, the first of many', () => {
  const obstacles = [
    { reason: 'Refused', message: 'createPod shop-0: no' },
    { reason: 'OwnedByAnother', message: 'Service shop-any' },
  ];
  const { status, reason, message } = named(conditionsFor({ obstacles }), 'Progressing');
  assert.deepEqual([status, reason, message], ['False', 'Refused', 'createPod shop-0: no']);
});

test('a resize in place is told of, and what holds it up', () => {
  const wanted = { requests: {}, limits: { memory: '512Mi' } };
  const resizes = { wanted, allowed: true, refused: undefined, waits: new Map() };
  const planned = plannedWith({ parts: { ...parts, resources: 'others' }, resizes });
  const fits: MemoryUse = { setForBytes: 2 ** 29, heldBytes: 2 ** 20 };
  const progress = (memory: MemoryUse) => {
    const leads = reported(0, { role: 'primary', upstream: undefined, memory: fits });
    const all = [
      primary(0, { sighting: leads }),
      replica(1, { sighting: reported(1, { memory: fits }) }),
      replica(2, { sighting: reported(2, { memory }) }),
    ];
    const assessed = { view: viewWith({ planned, instances: instances(...all) }) };
    const { status, reason, message } = named(conditionsFor(assessed), 'Progressing');
    return [status, reason, message];
  };
  assert.deepEqual(progress(fits), [
    'True',
    'Resizing',
    'shop-2 is being resized in place: its resources have changed: requests.memory from 1Gi to none, limits.memory from 1Gi to 512Mi',
  ]);
  assert.deepEqual(progress({ maxMemoryWaitsFor: 'data' }), [
    'False',
    'ResizeBlocked',
    'shop-2 holds more data than a memory limit of 512Mi leaves room for',
  ]);
});

test('every problem of the spec is told', () => {
  const problems = ['spec.a: wrong', 'spec.b: wrong'].map((message) => ({ field: '', message }));
  const { status, message } = named(conditionsFor({ problems }), 'SpecValid');
  assert.deepEqual([status, message], ['False', 'spec.a: wrong; spec.b: wrong']);
});

test('a message of any length is bounded, or the API server would refuse the whole status', () => {
  const endless = 'y'.repeat(100_000);
  const conditions = conditionsFor({
    obstacles: [{ reason: 'Refused', message: endless }],
    problems: [{ field: '', message: endless }],
    step: hold(endless),
    view: viewWith({ tenure: { kind: 'unreadable', problem: endless } }),
  });
  for (const { type, message } of conditions) assert.ok(message.length <= 1024, `${type}: ${message.length}`);
});

test('a message is not cut within a character: it would come back as another, to be written for ever (I10)', () => {
  for (const before of ['', 'y']) {
    const message = before + '🎉'.repeat(2000);
    for (const condition of conditionsFor({ obstacles: [{ reason: 'Refused', message }] }))
      assert.ok(condition.message.isWellFormed(), condition.type);
  }
});
