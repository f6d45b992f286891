import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideFailover } from '../failover/decide.ts';
import { hold } from '../failover/step.ts';
import { assess } from '../status/assess.ts';
import { tenureOf } from '../tenure.ts';
import type { ClusterView, InstanceView } from '../view.ts';
import {
  claimWith,
  clusterWith,
  instances,
  podWith,
  replica,
  reported,
  silent,
  viewWith,
} from '../views.fixture.ts';
import { decideHealing } from './decide.ts';
import { strangersIn } from './take-over.ts';

const claim = claimWith({ madeForThisCluster: false });
const strange = (ordinal: number, change: Partial<InstanceView> = {}): InstanceView =>
  replica(ordinal, { pod: podWith(ordinal, { parts: undefined }), sighting: silent, claim, ...change });
const found = (change: Partial<ClusterView> = {}): ClusterView =>
  viewWith({
    tenure: { kind: 'vacant', former: 'shop-1' },
    instances: instances(strange(0), strange(1), strange(2)),
    ...change,
  });
const asked = (change: Partial<ClusterView> = {}): ClusterView => found({ takeOverAsked: true, ...change });
const kinds = (view: ClusterView): readonly string[] => decideHealing(view).map(({ kind }) => kind);

test('pods of another operator are left as they are until people say a word, and it is told which', () => {
  const view = found();
  assert.deepEqual(decideHealing(view), []);
  const { phase } = assess({ view, step: hold('of a reason'), obstacles: [], problems: [] });
  assert.equal(phase, 'Blocked');
  assert.equal(decideFailover(view).kind, 'hold', 'nobody is appointed beside them');
});

test('nobody is appointed beside one of them, though all that is known to hold data has been heard', () => {
  const ours = replica(0, { sighting: reported(0, { role: 'fenced', term: 0, upstream: undefined }) });
  const step = (other: InstanceView) =>
    decideFailover(
      viewWith({ tenure: { kind: 'vacant' }, wantedInstances: 2, instances: instances(ours, other) }),
    );
  assert.equal(step(strange(1, { claim: undefined })).kind, 'hold');
  const gone = { pod: undefined, sighting: { kind: 'absent' }, claim: undefined } as const;
  assert.equal(step(replica(1, gone)).kind, 'appoint');
});

test('asked to, it ends all of them at once, and makes none before the last is gone', () => {
  assert.deepEqual(kinds(asked()), ['deletePod', 'deletePod', 'deletePod']);
  const going = strange(0, { pod: podWith(0, { parts: undefined, deleting: true }) });
  const gone = replica(1, { pod: undefined, sighting: { kind: 'absent' }, claim });
  assert.deepEqual(decideHealing(asked({ instances: instances(going, gone) })), []);
  assert.deepEqual(
    kinds(asked({ wantedInstances: 2, instances: instances(replica(0, { pod: undefined, claim }), gone) })),
    ['createPod', 'createPod'],
  );
});

test('no pod ends before every volume is seen: a claim without our label is given it first', () => {
  const unseen = strange(2, { claim: undefined });
  assert.deepEqual(decideHealing(asked({ instances: instances(strange(0), strange(1), unseen) })), [
    { kind: 'createClaim', ordinal: 2 },
  ]);
});

test('data that would end with its pod is not ended, whatever people say', () => {
  const storage = { ...viewWith().storage, type: 'emptyDir' } as const;
  assert.deepEqual(decideHealing(asked({ storage })), []);
  assert.deepEqual(decideHealing(asked({ reconcileDisabled: true })), []);
});

test('a pod that answers in our protocol, that we made, or that is led in a term, is no stranger', () => {
  assert.deepEqual(strangersIn(found({ instances: instances(strange(0, { sighting: reported(0) })) })), []);
  assert.deepEqual(strangersIn(found({ instances: instances(replica(0)) })), []);
  assert.deepEqual(strangersIn(viewWith({ instances: instances(strange(0)) })), []);
});

test('who was primary takes over again where it has data, though another has more keys', () => {
  const restarted = (ordinal: number, keys: number): InstanceView =>
    replica(ordinal, {
      claim,
      sighting: reported(ordinal, {
        role: 'fenced',
        term: 0,
        upstream: undefined,
        data: { keys, foundOnVolume: true, lastRole: undefined },
      }),
    });
  const choice = (keys: number): string | undefined => {
    const step = decideFailover(
      asked({ instances: instances(restarted(0, 9), restarted(1, keys), restarted(2, 9)) }),
    );
    return step.kind === 'appoint' ? step.pod : undefined;
  };
  assert.equal(choice(8), 'shop-1');
  assert.equal(choice(0), 'shop-0');
  const one = strange(2);
  const waits = decideFailover(asked({ instances: instances(restarted(0, 9), restarted(1, 8), one) }));
  assert.equal(waits.kind, 'hold', 'all volumes are heard first');
});

test('a status that names a primary and no term is another operator’s only if people say so', () => {
  const cluster = (annotations: Readonly<Record<string, string>>, status: object) =>
    clusterWith({ instances: 3 }, { metadata: { annotations }, status });
  const named = { currentPrimary: 'shop-1' };
  const say = { 'redis.io/take-over': 'true' };
  assert.equal(tenureOf(cluster({}, named)).kind, 'unreadable');
  assert.equal(tenureOf(cluster({ 'redis.io/take-over': 'yes' }, named)).kind, 'unreadable');
  assert.deepEqual(tenureOf(cluster(say, named)), { kind: 'vacant', former: 'shop-1' });
  assert.equal(tenureOf(cluster(say, { ...named, targetPrimary: 'shop-1' })).kind, 'unreadable');
  assert.equal(tenureOf(cluster(say, { ...named, targetPrimary: 'shop-1', term: 3 })).kind, 'held');
  assert.deepEqual(tenureOf(cluster(say, {})), { kind: 'vacant' });
});
