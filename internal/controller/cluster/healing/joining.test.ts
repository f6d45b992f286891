import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceReport } from '../../../control/protocol.ts';
import type { ClusterView, InstanceView } from '../view.ts';
import {
  heldWith,
  instances,
  podWith,
  primary,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';
import { decideHealing } from './decide.ts';
import { joiningBlocked } from './joining.ts';

const missing = replica(1, { pod: undefined, claim: undefined });
const says = (change: Partial<InstanceReport>) => {
  const sighting = reported(0, { role: 'primary', upstream: undefined, ...change });
  assert.ok(sighting.kind === 'reported');
  return sighting;
};
const first = (change: Partial<InstanceView>, more: Partial<ClusterView> = {}): ClusterView =>
  viewWith({ wantedInstances: 2, instances: instances(primary(0, change), missing), ...more });

const joins = (view: ClusterView): boolean =>
  decideHealing(view).some((step) => step.kind === 'createPod' && step.ordinal === 1);

test('nobody joins a primary that says, or said last, that it knows of nobody else', () => {
  const alone = says({ alone: true });
  for (const change of [
    { sighting: alone },
    { sighting: silent, lastReport: alone.report },
    { sighting: silent, lastReport: undefined },
  ]) {
    assert.equal(joins(first(change)), false);
    assert.match(joiningBlocked(first(change))[0]?.message ?? '', /^shop-0 has yet to say/);
  }
});

test('whoever knows of others is joined, and so is one that has ended or has yet to begin', () => {
  const knows = says({});
  const alone = { sighting: says({ alone: true }) };
  const off = podWith(0, { node: { name: 'node-1', schedulable: true, outOfService: true } });
  for (const view of [
    first({ sighting: knows }),
    first({ sighting: silent, lastReport: knows.report }),
    first({ sighting: silent, pod: podWith(0, { phase: 'Pending' }) }),
    first({ sighting: silent, pod: off }),
    first({ sighting: silent, pod: undefined }),
    first(alone, { tenure: heldWith({ ended: 'OOMKilled with code 137' }) }),
    first(alone, { tenure: { kind: 'vacant' } }),
  ]) {
    assert.equal(joins(view), true);
    assert.deepEqual(joiningBlocked(view), []);
  }
});

test('where another is there already, the rest are made as ever: it was made when the primary knew of it', () => {
  const third = replica(2, { pod: undefined });
  const view = viewWith({
    instances: instances(primary(0, { sighting: says({ alone: true }) }), replica(1), third),
  });
  assert.deepEqual(
    decideHealing(view).filter(({ kind }) => kind === 'createPod'),
    [{ kind: 'createPod', ordinal: 2 }],
  );
});

test('the claim does not wait: only its pod does', () => {
  const view = first({ sighting: says({ alone: true }) });
  assert.deepEqual(decideHealing(view), [{ kind: 'createClaim', ordinal: 1 }]);
});
