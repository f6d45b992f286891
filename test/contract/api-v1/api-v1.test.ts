import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { notYet } from '../../../api/v1/not-yet.ts';
import { parseRedisCluster } from '../../../api/v1/redis-cluster.ts';
import { type ApiServer, sharedApiServer } from '../api-server.ts';
import { badSpecs } from './bad.ts';
import { installDefinition, messageOf, StoredClusters, specOf } from './definition.ts';
import { goodSpecs } from './good.ts';
import { notYetExamples } from './not-yet.ts';
import { someSpec } from './specs.ts';
import { condition, wholeStatus } from './status.ts';

const quantityKeys = ['size', 'cpu', 'memory', 'example.com/device'];

/** The API server keeps a quantity as it was written, a whole number too; to us it is always text. */
function withTextQuantities(spec: unknown): unknown {
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    quantityKeys.includes(key) && typeof value === 'number' ? String(value) : value,
  );
}

describe('the definition of RedisCluster at a real API server', () => {
  let server: ApiServer;
  let clusters: StoredClusters;
  let conditions: Awaited<ReturnType<typeof installDefinition>>;

  before(async () => {
    server = await sharedApiServer();
    conditions = await installDefinition(server);
    clusters = new StoredClusters(server);
  });

  const parse = (spec: unknown, status?: unknown) =>
    parseRedisCluster({
      apiVersion: 'redis.io/v1',
      kind: 'RedisCluster',
      metadata: { name: 'demo', namespace: 'default', uid: 'u' },
      spec,
      status,
    });

  test('the definition is established, and its schema is structural', () => {
    assert.equal(conditions.get('Established')?.status, 'True');
    assert.equal(conditions.get('NamesAccepted')?.status, 'True');
    assert.equal(conditions.get('NonStructuralSchema'), undefined);
  });

  for (const [what, spec] of Object.entries(goodSpecs)) {
    test(`${what} is accepted, with the same defaults as ours`, async () => {
      const answer = await clusters.try(spec);
      assert.equal(answer.status, 201, messageOf(answer));
      const [ours, theirs] = [parse(spec), parse(specOf(answer))];
      assert.ok(ours.ok, JSON.stringify(ours));
      assert.ok(theirs.ok, JSON.stringify(theirs));
      assert.deepEqual(ours.value.spec, withTextQuantities(specOf(answer)));
      assert.deepEqual(ours.value, theirs.value);
    });
  }

  for (const [what, { spec, words }] of Object.entries(badSpecs)) {
    test(`${what} is refused, with the field, the value and what would be right`, async () => {
      const answer = await clusters.try(spec);
      assert.equal(answer.status, 422, messageOf(answer));
      for (const word of words) assert.ok(messageOf(answer).includes(word), messageOf(answer));
      assert.ok(!messageOf(answer).includes('hunter2'));
      assertRefusedByUs(spec, words);
    });
  }

  test('every field that is not carried out yet has examples', () => {
    assert.deepEqual(
      notYet.map(({ field }) => field),
      Object.keys(notYetExamples),
    );
  });

  for (const { field, right } of notYet) {
    test(`${field} is refused as not supported yet, by the API server and by us`, async () => {
      const { refused = {}, shown = '', accepted } = notYetExamples[field] ?? {};
      const answer = await clusters.try(refused);
      assert.equal(answer.status, 422);
      for (const word of [`spec.${field}`, shown, right])
        assert.ok(messageOf(answer).includes(word), messageOf(answer));
      assertRefusedByUs(refused, [`spec.${field}`]);
      if (accepted === undefined) return;
      assert.equal((await clusters.try(accepted)).status, 201);
      assert.ok(parse(accepted).ok);
    });
  }

  test('whatever is asked for, the API server and we accept and refuse the same', async () => {
    const verdicts = { good: 0, bad: 0 };
    const law = fc.asyncProperty(someSpec, async (spec) => {
      const answer = await clusters.try(spec);
      const ours = parse(spec);
      assert.equal(answer.status === 201, ours.ok, `${messageOf(answer)}; ours: ${JSON.stringify(ours)}`);
      if (ours.ok) assert.deepEqual(parse(specOf(answer)), ours);
      verdicts[ours.ok ? 'good' : 'bad'] += 1;
    });
    await fc.assert(law, { seed: 1, numRuns: 500 });
    assert.ok(verdicts.good > 100 && verdicts.bad > 100, JSON.stringify(verdicts));
  });

  function assertRefusedByUs(spec: unknown, [field = '']: readonly string[]): void {
    const parsed = parse(spec);
    assert.ok(!parsed.ok, 'we refuse it too');
    const fields = parsed.problems.map((problem) => problem.field);
    // A list's place is [0] there and .0 here; what is inside a map is named by us alone.
    const path = field.replaceAll('[', '.').replaceAll(']', '');
    assert.ok(
      fields.some((one) => one.startsWith(path)),
      `${fields} names ${path}`,
    );
    for (const { message } of parsed.problems) assert.ok(!message.includes('hunter2'), message);
  }

  const names: Readonly<Record<string, boolean>> = {
    a: true,
    'shop-cache-2': true,
    ['x'.repeat(50)]: true,
    ['x'.repeat(51)]: false,
    '2nd': false,
    'a.b': false,
  };
  for (const [name, good] of Object.entries(names)) {
    test(`the name ${name} is ${good ? 'accepted' : 'refused, since Services are named after it'}`, async () => {
      const answer = await clusters.try({}, name);
      assert.equal(answer.status, good ? 201 : 422, messageOf(answer));
      assert.ok(
        good || messageOf(answer).includes(`metadata.name: "${name}" is wrong: it must be at most 50`),
      );
      const ours = parseRedisCluster({ metadata: { name, namespace: 'default', uid: 'u' }, spec: {} });
      assert.equal(ours.ok, good);
    });
  }

  test('a field that does not exist is refused by strict clients, and a missing spec by all', async () => {
    const misspelt = await clusters.try({ instancse: 3 });
    assert.match(messageOf(misspelt), /unknown field "spec.instancse"/);
    const inTemplate = await clusters.try({ podTemplate: { spec: { hostNetwork: true } } });
    assert.match(messageOf(inTemplate), /unknown field "spec.podTemplate.spec.hostNetwork"/);
    assert.match(messageOf(await clusters.try(undefined)), /spec: Required value/);
  });

  test('instances grow and shrink, by the scale subresource too, and stay more than minSyncReplicas', async () => {
    await clusters.create('scaled', { instances: 2, minSyncReplicas: 1 });
    const scale = await clusters.subresource('scaled', '/scale');
    assert.deepEqual((scale.body as { spec: unknown }).spec, { replicas: 2 });
    assert.equal((await clusters.change('scaled', { spec: { replicas: 3 } }, '/scale')).status, 200);
    assert.equal((await clusters.get('scaled')).spec['instances'], 3);
    assert.equal((await clusters.change('scaled', { spec: { replicas: 2 } }, '/scale')).status, 200);
    for (const refused of [
      await clusters.change('scaled', { spec: { replicas: 1 } }, '/scale'),
      await clusters.change('scaled', { spec: { instances: 1 } }),
      await clusters.change('scaled', { spec: { instances: null } }),
    ]) {
      assert.equal(refused.status, 422);
      assert.match(messageOf(refused), /spec\.minSyncReplicas: .*1 is wrong: there are not so many replicas/);
    }
  });

  test('the scale subresource shows the pods and what finds them', async () => {
    await clusters.create('shown', { instances: 2 });
    await clusters.change(
      'shown',
      { status: { instances: 2, selector: 'redis.io/cluster=shown' } },
      '/status',
    );
    const { body } = await clusters.subresource('shown', '/scale');
    assert.deepEqual((body as { status: unknown }).status, {
      replicas: 2,
      selector: 'redis.io/cluster=shown',
    });
  });

  test('storage grows and never shrinks, and its type stays', async () => {
    await clusters.create('stored', { storage: { size: '2Gi' } });
    assert.equal((await clusters.change('stored', { spec: { storage: { size: '2048Mi' } } })).status, 200);
    assert.equal((await clusters.change('stored', { spec: { storage: { size: '3Gi' } } })).status, 200);
    const shrunk = await clusters.change('stored', { spec: { storage: { size: '2999Mi' } } });
    assert.match(
      messageOf(shrunk),
      /spec\.storage\.size: .*"2999Mi".*volumes never shrink; it must be "3Gi" or more/,
    );
    const left = await clusters.change('stored', { spec: { storage: { size: null } } });
    assert.match(messageOf(left), /volumes never shrink/);
    const moved = await clusters.change('stored', { spec: { storage: { type: 'emptyDir' } } });
    assert.match(
      messageOf(moved),
      /spec\.storage\.type: .*"emptyDir".*it cannot be changed; it must stay "pvc"/,
    );
  });

  test('the class of storage may be changed until there is a primary', async () => {
    const toClass = (storageClassName: string | null) =>
      clusters.change('classy', { spec: { storage: { storageClassName } } });
    await clusters.create('classy', { storage: { storageClassName: 'impossible' } });
    assert.equal((await toClass('fast')).status, 200);
    await clusters.change('classy', { status: { term: 1, targetPrimary: 'classy-0' } }, '/status');
    for (const other of ['slow', null]) {
      const refused = await toClass(other);
      assert.equal(refused.status, 422);
      assert.match(
        messageOf(refused),
        new RegExp(`spec\\.storage\\.storageClassName: .*"${other ?? ''}" is wrong: .*it must stay "fast"`),
      );
    }
    assert.equal((await toClass('fast')).status, 200);
  });

  test('a change of the spec moves the generation; a change of the status does not, and touches no spec', async () => {
    await clusters.create('separate', { instances: 1 });
    const before = await clusters.get('separate');
    await clusters.change('separate', { spec: { instances: 9 }, status: { phase: 'Healthy' } }, '/status');
    const after = await clusters.get('separate');
    assert.deepEqual(after.spec, before.spec);
    assert.equal(after.metadata.generation, before.metadata.generation);
    assert.deepEqual(after.status, { phase: 'Healthy' });
    await clusters.change('separate', { spec: { instances: 2 }, status: { phase: 'Blocked' } });
    const later = await clusters.get('separate');
    assert.equal(later.metadata.generation, before.metadata.generation + 1);
    assert.deepEqual(later.status, { phase: 'Healthy' });
  });

  const badStatuses: Readonly<Record<string, readonly [unknown, string]>> = {
    'no term': [{ term: 0 }, 'status.term'],
    'a term that is text': [{ term: 'one' }, 'status.term'],
    'a primary without a name': [{ targetPrimary: '' }, 'status.targetPrimary'],
    'a fence since no time': [{ primaryFencedSince: 'yesterday' }, 'status.primaryFencedSince'],
    'an unknown phase': [{ phase: 'Great' }, 'status.phase'],
    'two conditions of one type': [
      { conditions: [condition('Ready'), condition('Ready')] },
      'status.conditions',
    ],
    'a condition that is text': [{ conditions: ['Ready'] }, 'status.conditions'],
    'an instance that is text': [{ instancesStatus: { 'demo-0': 'primary' } }, 'status.instancesStatus'],
  };
  for (const [what, [status, field]] of Object.entries(badStatuses)) {
    test(`a status with ${what} is refused`, async () => {
      await clusters.create('edited', {});
      const refused = await clusters.change('edited', { status }, '/status');
      assert.equal(refused.status, 422);
      assert.ok(messageOf(refused).includes(field), messageOf(refused));
    });
  }

  test('a whole status comes back as it was written, by the API server and by us', async () => {
    await clusters.create('whole', {});
    const written = await clusters.change('whole', { status: wholeStatus }, '/status');
    assert.equal(written.status, 200, messageOf(written));
    const stored = await clusters.get('whole');
    assert.deepEqual(stored.status, wholeStatus);
    const parsed = parseRedisCluster(stored);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(parsed.value.status, wholeStatus);
    assert.equal(parsed.value.tenureProblem, undefined);
  });
});
