import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { learnCommand } from './commands.ts';
import { atBoot, type Facts } from './facts.ts';
import { isAlone } from './view.ts';

const self = 'orders-0';
const facts: Facts = {
  ...atBoot({ kind: 'absent' }, false, moment(0)),
  cluster: {
    resourceVersion: '5',
    tenure: undefined,
    addresses: new Map(),
    instances: 1,
    pods: [],
    minSyncReplicas: 0,
    silenceSeconds: 3,
    fencedPods: [],
  },
};

const promoted = (instances: number | undefined) => {
  const command = { kind: 'promote', term: 1, podUID: 'u', asOf: 0, resourceVersion: '7' } as const;
  return learnCommand({ ...command, instances }, facts, self, moment(0)).cluster;
};

test('whoever is appointed among others does not believe that it is alone, whatever it read before', () => {
  assert.equal(isAlone(self, promoted(1)), true);
  assert.equal(isAlone(self, promoted(undefined)), true);
  assert.equal(isAlone(self, promoted(2)), false);
  assert.equal(promoted(2)?.resourceVersion, '7');
});
