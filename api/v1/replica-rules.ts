import { celMessage } from './cel.ts';
import { problem } from './problem.ts';
import type { SpecRule } from './spec-rule.ts';

const moreThanThereAre = 'there are not so many replicas; it must be less than spec.instances';
const lessThanMin = 'it must be 0, or at least spec.minSyncReplicas';

/** Rules over how many replicas a write waits for. */
export const replicaRules: readonly SpecRule[] = [
  {
    at: '',
    fieldPath: '.minSyncReplicas',
    cel: '!has(self.minSyncReplicas) || !has(self.instances) || self.minSyncReplicas < self.instances',
    says: celMessage(`{} is wrong: ${moreThanThereAre}, {}`, 'self.minSyncReplicas', 'self.instances'),
    problems: ({ minSyncReplicas, instances }) =>
      minSyncReplicas < instances
        ? []
        : [problem('spec.minSyncReplicas', minSyncReplicas, `${moreThanThereAre}, ${instances}`)],
  },
  {
    at: '',
    fieldPath: '.maxSyncReplicas',
    cel: '!has(self.maxSyncReplicas) || !has(self.minSyncReplicas) || self.maxSyncReplicas == 0 || self.maxSyncReplicas >= self.minSyncReplicas',
    says: celMessage(`{} is wrong: ${lessThanMin}, {}`, 'self.maxSyncReplicas', 'self.minSyncReplicas'),
    problems: ({ minSyncReplicas, maxSyncReplicas }) =>
      maxSyncReplicas === 0 || maxSyncReplicas >= minSyncReplicas
        ? []
        : [problem('spec.maxSyncReplicas', maxSyncReplicas, `${lessThanMin}, ${minSyncReplicas}`)],
  },
];
