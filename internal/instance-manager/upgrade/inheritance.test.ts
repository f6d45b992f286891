import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, moment } from '../../time/units.ts';
import { atBoot, type Facts } from '../facts.ts';
import {
  formatInheritance,
  type Inheritance,
  inheritanceFormat,
  inheritedFacts,
  parseInheritance,
  readableFormats,
} from './inheritance.ts';
import { whyNotReplaced } from './refuse.ts';

const at = moment(123_456.75);
const address = { host: '10.0.0.2', port: 6379 };
const boot = atBoot({ kind: 'record', record: { term: 3, role: 'primary' } }, true, at);

/** Everything that can be known, known. */
const facts: Facts = {
  ...boot,
  process: {
    state: 'running',
    pid: 7,
    exit: { code: undefined, signal: 'SIGKILL' },
    run: 'run-7',
    startedAt: at,
    answeredAt: at,
    bootTerm: 2,
    syncedTerm: 2,
    engine: { name: 'redis', version: '7.2.4' },
  },
  redis: {
    follows: address,
    writeGate: 0,
    linkUp: true,
    syncInProgress: false,
    replicationId: 'a',
    offset: 10,
    forkedFrom: { replicationId: 'b', upTo: 5 },
    connectedReplicas: 1,
    streams: { to: ['10.0.0.2'], keptBackAtMost: 4 },
    keys: 3,
    writesRefused: 'no room',
    listens: true,
    rewriteFailed: false,
  },
  cluster: {
    resourceVersion: '10',
    tenure: { term: 3, primary: 'orders-0', fenced: false, run: 'run-7' },
    tenureUnreadable: false,
    addresses: new Map([['orders-1', '10.0.0.2']]),
    instances: 2,
    pods: ['orders-0', 'orders-1'],
    minSyncReplicas: 1,
    silenceSeconds: 3,
    fencedPods: ['orders-9'],
  },
  proof: { kind: 'grant', term: 3, at },
  promiseAsked: 3,
  adoptedAt: at,
  release: { term: 2, candidate: 'orders-1', handover: 3, followedAt: at },
  recalled: 1,
  link: { kind: 'up', address, since: at, goal: 9, inSync: true, lagBytes: 0, comparedAt: at, agreedAt: at },
  heard: { address, at },
  lastOffset: 4,
  finalWords: { offset: 4, handedOverTo: 1 },
  aside: { kind: 'settled', replicationId: 'a', offset: 3 },
  divergent: { kept: true, message: 'it was kept' },
  settingsRefused: 'hz',
  settingsSetAt: instant(1_800_000_000_000),
  pendingRestart: ['databases'],
};

const left: Inheritance = {
  manager: { pid: 1, startedTicks: 100 },
  server: { pid: 7, startedTicks: 200, run: 'run-7', outputs: [{ fd: 21, begun: 'YQ==' }] },
  startedOn: 'port 6379\n',
  accepted: '{}\n',
  facts: inheritedFacts(facts),
};

test('what is left to another manager is read back as it was, whatever is known and whatever is not', () => {
  assert.equal(writtenAgain(left), formatInheritance(left));
  const { process, redis, cluster } = left.facts;
  const least = {
    ...inheritedFacts(boot),
    process: { ...process, engine: undefined, exit: undefined },
    redis: redis && { ...redis, follows: undefined, forkedFrom: undefined, writesRefused: undefined },
    cluster: cluster && { ...cluster, tenure: undefined, fencedPods: 'unreadable' as const },
  };
  assert.equal(writtenAgain({ ...left, facts: least }), formatInheritance({ ...left, facts: least }));
  const read = parseInheritance(formatInheritance(left));
  assert.deepEqual(read?.facts.cluster?.addresses, cluster?.addresses);
});

/** What is written of what was read. */
const writtenAgain = (one: Inheritance): string =>
  formatInheritance(parseInheritance(formatInheritance(one)) ?? assert.fail('it cannot be read'));

test('nothing that cannot be found out anew is forgotten: what is not left is as at boot, and known to be so', () => {
  const anew: readonly (keyof Facts)[] = [
    // Read from the volume and from the RedisCluster again.
    'stored',
    'promisedAt',
    'confirmed',
    'configError',
    'volume',
    // Looked at again, once the settings have been.
    'settingsGeneration',
    'maxMemory',
    'memoryHeld',
    // Told again by what happens next.
    'because',
    'lastWordAt',
    'lookedAt',
    'syncRefusal',
    // The status keeps what a manager told before.
    'passwordTakenAt',
    // What comes of it is written down when it comes.
    'nomination',
    // Of a redis-server that has ended: one that runs is left, and tells it anew.
    'lastStreams',
    // A manager in which one of these holds is not replaced.
    'handingOver',
    'opening',
    'ahead',
    'fencedByUser',
    'aofAwaited',
    'leaving',
    'stopping',
  ];
  const known = [...Object.keys(left.facts), ...anew].sort();
  assert.deepEqual(known, Object.keys(facts).sort(), 'every fact is left, or has its reason here');
});

test('what is cut off, of another form, or lacks anything is nobody’s inheritance', () => {
  const text = formatInheritance(left);
  assert.equal(parseInheritance(text.slice(0, -20)), undefined);
  assert.equal(parseInheritance(''), undefined);
  assert.equal(parseInheritance('null'), undefined);
  assert.equal(parseInheritance(text.replace(`"format":${inheritanceFormat}`, '"format":99')), undefined);
  const needed = ['manager', 'server', 'startedOn', 'accepted', 'facts'] as const;
  for (const name of needed) assert.equal(parseInheritance(without(text, [name])), undefined, name);
  for (const name of ['run', 'bootTerm', 'pid', 'startedAt'])
    assert.equal(parseInheritance(without(text, ['facts', 'process', name])), undefined, name);
  for (const name of ['redis', 'cluster', 'link', 'aside', 'foundOnVolume'])
    assert.equal(parseInheritance(without(text, ['facts', name])), undefined, name);
});

test('a later version may leave more', () => {
  const more = JSON.stringify({ ...JSON.parse(formatInheritance(left)), more: 1 });
  assert.notEqual(parseInheritance(more), undefined);
  assert.ok(readableFormats.includes(inheritanceFormat), 'and what we leave we can read');
});

/** The text without one field. */
function without(text: string, path: readonly string[]): string {
  const last = path.at(-1);
  return JSON.stringify(JSON.parse(text), function (this: unknown, key: string, value: unknown) {
    return key === last && holds(JSON.parse(text), path, this) ? undefined : value;
  });
}

/** Whether the object at the path's last step is this one, by what it says. */
function holds(root: unknown, path: readonly string[], found: unknown): boolean {
  const holder = path.slice(0, -1).reduce<unknown>((at, name) => Object(at)[name], root);
  return JSON.stringify(holder) === JSON.stringify(found);
}

test('a manager that has anything to finish is not replaced', () => {
  assert.equal(whyNotReplaced(facts), undefined);
  const busy: readonly (readonly [Partial<Facts>, RegExp])[] = [
    [{ stopping: true }, /being stopped/],
    [{ leaving: true }, /being stopped/],
    [{ fencedByUser: true }, /the user has fenced it/],
    [{ handingOver: true }, /handing over/],
    [{ release: { ...(facts.release ?? assert.fail()), followedAt: undefined } }, /handing over/],
    [{ promiseAsked: 4 }, /promising term 4/],
    [{ process: { ...facts.process, state: 'loading' } }, /loading/],
    [{ process: { ...facts.process, bootTerm: undefined } }, /not known yet/],
    [{ redis: undefined }, /redis-server/],
    [{ cluster: undefined }, /not known yet/],
    [{ redis: { ...(facts.redis ?? assert.fail()), syncInProgress: true } }, /synchronising/],
    [{ aofAwaited: true }, /append-only/],
    [{ aside: { kind: 'saving', divergence: { kind: 'unknown' }, failures: 0 } }, /being saved/],
  ];
  for (const [change, why] of busy) assert.match(whyNotReplaced({ ...facts, ...change }) ?? '', why);
});
