import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recollection } from '../../controller/cluster/memory.ts';
import { everyOne } from '../../controller/cluster/views.fixture.ts';
import { answerPeer } from '../../instance-manager/answer-peer.ts';
import { createFactsCell } from '../../instance-manager/facts.ts';
import { readTenure } from '../../instance-manager/read-tenure.ts';
import { HandClock } from '../../time/hand-clock.fixture.ts';
import { milliseconds } from '../../time/units.ts';
import { narratingLogger } from '../log.ts';
import { answerOf } from './asking.ts';
import { allGuards } from './guards.ts';
import { read } from './hearing.ts';
import { clusterFactsOf, factsOf, type Instance, identityOf, type Status } from './instance.ts';
import { firstStatus, newPod } from './life.ts';
import { fenceSeen, newOperator } from './operator.ts';
import { oneFaultOfTwo } from './scope.ts';

/** What the model says in its own words, against the code that it stands for. */
const rules = { scope: oneFaultOfTwo, guards: allGuards };
const log = narratingLogger('model', () => undefined);
const never = new AbortController().signal;
const pod = 1;

const instances: readonly Instance[] = everyOne<Pick<Instance, 'record' | 'promiseAsked' | 'bootTerm'>>({
  record: [
    { term: 1, role: 'replica' },
    { term: 2, role: undefined },
  ],
  promiseAsked: [0, 2, 3],
  bootTerm: [undefined, 0],
}).map((part) => ({ ...newPod(0), known: firstStatus, ...part }));

const portsOf = (status: Status | undefined) => ({
  clock: new HandClock(),
  log,
  identity: identityOf(pod),
  cluster: {
    read: () =>
      status === undefined
        ? Promise.reject(new Error('no answer'))
        : Promise.resolve(clusterFactsOf(status, rules.scope)),
    watch: () => undefined,
  },
});

test('a peer answers in the model as it does', async () => {
  const later: Status = { ...firstStatus, version: 2, fenced: true };
  for (const instance of instances) {
    for (const status of [undefined, later]) {
      const cell = createFactsCell(factsOf(instance, rules.scope));
      assert.deepEqual(
        answerOf(pod, instance, status, rules),
        await answerPeer(portsOf(status), cell, never),
      );
    }
  }
});

test('a live read tells the boot term in the model as it does', async () => {
  for (const instance of instances) {
    const cell = createFactsCell(factsOf(instance, rules.scope));
    await readTenure(portsOf(firstStatus), cell, milliseconds(100), never);
    const reading = { kind: 'read', status: firstStatus, age: 0, sameProcess: true } as const;
    assert.equal(read(pod, instance, reading, rules).bootTerm, cell.current.process.bootTerm);
  }
});

test('a fence is as old in the model as the operator remembers it', () => {
  const lifted = { ...firstStatus, version: 3 };
  const fenced = { ...firstStatus, version: 2, fenced: true };
  const again = { ...fenced, version: 4 };
  const memory = new Recollection('u1', new HandClock());
  let operator = newOperator(firstStatus);
  for (const status of [firstStatus, fenced, fenced, lifted, again, firstStatus, again]) {
    const before = operator.fence;
    operator = { ...operator, fence: fenceSeen(operator, status) };
    const fencedSince = status.fenced ? String(status.version) : undefined;
    const age = memory.fencedFor({
      term: 1,
      target: 'shop-0',
      targetUID: undefined,
      targetRun: undefined,
      fencedSince,
    });
    assert.equal(operator.fence === undefined, age === undefined);
    assert.equal(operator.fence === before, before?.version === (status.fenced ? status.version : undefined));
  }
});
