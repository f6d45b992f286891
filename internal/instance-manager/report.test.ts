import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { closedGate, nowhere } from './decide.ts';
import { cluster, identity, redis as loaded } from './facts.fixture.ts';
import { atBoot, createFactsCell, type Facts } from './facts.ts';
import { healthComplaint, readyComplaint, silenceTolerated } from './readiness.ts';
import { eventBetween, reportOf } from './report.ts';
import { steadyPoll } from './view.ts';

const upstream = { host: '10.0.0.2', port: 6379 };
const now = moment(1000);

const redis = { ...loaded, connectedReplicas: 0 };

function factsOf(primary: string, part: Partial<Facts>): Facts {
  const boot = atBoot({ kind: 'record', record: { term: 2, role: 'primary' } }, true, now);
  return {
    ...boot,
    process: { ...boot.process, state: 'running', pid: 7, answeredAt: now, bootTerm: 1 },
    cluster: {
      ...cluster,
      tenure: { term: 2, primary, fenced: false },
      addresses: new Map([...cluster.addresses, ['orders-0', '10.0.0.1']]),
    },
    because: 'of a reason',
    ...part,
  };
}

const up = {
  kind: 'up',
  address: upstream,
  since: now,
  goal: 5,
  inSync: true,
  lagBytes: 0,
  comparedAt: now,
  agreedAt: now,
} as const;
const primary = factsOf('orders-0', { redis });
const replicaRedis = { ...redis, follows: upstream, writeGate: closedGate, linkUp: true };
const replica = factsOf('orders-1', { redis: replicaRedis, link: up });

test('a writable primary of the tenure is ready, and so is a replica in sync with it', () => {
  assert.equal(readyComplaint('orders-0', primary, now), undefined);
  assert.equal(readyComplaint('orders-0', replica, now), undefined);
});

test('everything short of that is not ready, and says what is wrong', () => {
  const cases: readonly (readonly [string, Facts])[] = [
    ['it is being stopped', { ...primary, stopping: true }],
    ['redis-server is loading', { ...primary, process: { ...primary.process, state: 'loading' } }],
    ['redis-server is exited', { ...primary, process: { ...primary.process, state: 'exited' } }],
    ['redis-server has not told its role yet', { ...primary, redis: undefined }],
    ['of a reason', { ...primary, redis: { ...redis, writeGate: closedGate } }],
    ['of a reason', { ...primary, cluster: undefined }],
    ['of a reason', { ...primary, stored: { kind: 'record', record: { term: 1, role: 'primary' } } }],
    ['of a reason', { ...replica, redis: { ...replicaRedis, follows: nowhere } }],
    ['of a reason', { ...replica, redis: { ...replicaRedis, follows: { host: '10.0.0.9', port: 6379 } } }],
    ['of a reason', { ...replica, redis }],
    ['its link to 10.0.0.2 is down', { ...replica, redis: { ...replicaRedis, linkUp: false } }],
    ['its link to 10.0.0.2 is down', { ...replica, link: { kind: 'down', address: upstream } }],
    ['it is not in sync with 10.0.0.2 yet', { ...replica, link: { ...up, inSync: false } }],
  ];
  for (const [complaint, facts] of cases) assert.equal(readyComplaint('orders-0', facts, now), complaint);
});

test('a redis-server that has been silent for too long is not ready, but nobody is killed for it', () => {
  const later = moment(now + silenceTolerated + 1);
  assert.equal(readyComplaint('orders-0', primary, later), 'redis-server does not answer');
  assert.equal(healthComplaint(primary), undefined);
  assert.ok(silenceTolerated > 3 * steadyPoll, 'an idle instance is looked at several times in that time');
});

test('a load, an unreachable API server and a fence are no reason to kill anything; a dead redis-server is', () => {
  assert.equal(healthComplaint(atBoot({ kind: 'absent' }, false, now)), undefined);
  assert.equal(healthComplaint({ ...primary, process: { ...primary.process, state: 'loading' } }), undefined);
  assert.equal(
    healthComplaint({ ...primary, process: { ...primary.process, state: 'exited' } }),
    'redis-server is not running',
  );
});

test('the report tells role, term, upstream and why there are no writes', () => {
  const one = reportOf(identity, primary, moment(0));
  assert.equal(one.role, 'primary');
  assert.equal(one.term, 2);
  assert.equal(one.fence, undefined);
  assert.equal(one.data.lastRole, 'primary');

  const fenced = reportOf(identity, { ...primary, redis: { ...redis, writeGate: closedGate } }, moment(0));
  assert.equal(fenced.role, 'fenced');
  assert.equal(fenced.fence, 'of a reason');

  const other = reportOf(identity, replica, moment(0));
  assert.equal(other.role, 'replica');
  assert.deepEqual(other.upstream, {
    pod: 'orders-1',
    address: '10.0.0.2',
    linkUp: true,
    syncInProgress: false,
    lagBytes: 0,
    inSync: true,
    heardMsAgo: undefined,
  });
});

test('a link that redis-server says is down is never reported in sync', () => {
  const broken = { ...replica, redis: { ...replicaRedis, linkUp: false } };
  assert.equal(reportOf(identity, broken, moment(0)).upstream?.inSync, false);
});

test('until a live read has told, the boot term is the highest term known: nobody is appointed on a guess', () => {
  const unknown = { ...primary, process: { ...primary.process, bootTerm: undefined } };
  assert.equal(reportOf(identity, unknown, moment(0)).bootTerm, 2);
});

test('what happened is told once, by the name of what tells most, and nothing is told when nothing happened', () => {
  const told = (before: Facts, after: Facts): string | undefined =>
    eventBetween(reportOf(identity, before, moment(0)), reportOf(identity, after, moment(0)));
  assert.equal(told(primary, { ...primary, because: 'of another' }), undefined);
  assert.equal(told(primary, { ...primary, redis: { ...redis, offset: 11 } }), undefined);
  const gone: Facts = { ...primary, process: { ...primary.process, state: 'exited', pid: undefined } };
  assert.equal(told(primary, gone), 'exit');
  const released = { ...primary, redis: { ...redis, writeGate: closedGate } };
  assert.equal(told(primary, released), 'released');
  const linkLost: Facts = { ...replica, link: { kind: 'down', address: upstream } };
  assert.equal(told(replica, linkLost), 'link');
});

test('listeners hear of changes in order, also of those that a listener makes itself', () => {
  const cell = createFactsCell(primary);
  const heard: string[] = [];
  cell.listen((facts) => {
    if (facts.because === 'first') cell.change({ because: 'second' });
  });
  const stop = cell.listen((facts, before) => heard.push(`${before.because} > ${facts.because}`));
  cell.change({ because: 'first' });
  stop();
  cell.change({ because: 'third' });
  assert.deepEqual(heard, ['of a reason > first', 'first > second']);
});

test('a promise is told with its age, until a tenure of its term is obeyed', () => {
  const promise = {
    stored: { kind: 'record', record: { term: 3, role: undefined } },
    promisedAt: moment(400),
  } as const;
  const promised = factsOf('orders-1', promise);
  assert.deepEqual(reportOf(identity, promised, now).promise, { term: 3, forMs: 600 });
  assert.equal(reportOf(identity, promised, now).term, 3);
  const obeyed = { ...promised, stored: { kind: 'record', record: { term: 3, role: 'replica' } } } as const;
  assert.equal(reportOf(identity, obeyed, now).promise, undefined);
});

test('what is left of the lease is told by a primary that needs one, and is never less than nothing', () => {
  const proof = { kind: 'read', term: 2, at: moment(0) } as const;
  const primary = factsOf('orders-0', { redis, proof });
  assert.equal(reportOf(identity, primary, now).leaseLeftMs, 650);
  assert.equal(reportOf(identity, primary, moment(5000)).leaseLeftMs, 0);
  const fenced = { ...primary, redis: { ...redis, writeGate: closedGate } };
  assert.equal(reportOf(identity, fenced, now).leaseLeftMs, undefined);
  const { cluster } = primary;
  assert.ok(cluster !== undefined);
  const alone = { ...primary, cluster: { ...cluster, instances: 1, pods: ['orders-0'] } };
  assert.equal(reportOf(identity, alone, now).leaseLeftMs, undefined);
  assert.equal(reportOf(identity, alone, now).alone, true);
  assert.equal(reportOf(identity, primary, now).alone, undefined);
  // The operator waits for that word before anybody joins.
  assert.equal(eventBetween(reportOf(identity, alone, now), reportOf(identity, primary, now)), 'role');
});

test('a replica tells how long ago it heard the instance that it follows, and no other', () => {
  const replica = factsOf('orders-1', { redis: { ...redis, follows: upstream }, link: up });
  assert.equal(reportOf(identity, replica, now).upstream?.heardMsAgo, undefined);
  const heard = { address: upstream, at: moment(900) };
  assert.equal(reportOf(identity, { ...replica, heard }, now).upstream?.heardMsAgo, 100);
  const elsewhere = { ...heard, address: { host: '10.0.0.3', port: 6379 } };
  assert.equal(reportOf(identity, { ...replica, heard: elsewhere }, now).upstream?.heardMsAgo, undefined);
});

test('the user’s fence and a disk that refuses writes are told as they are', () => {
  const fenced = factsOf('orders-0', { fencedByUser: true });
  assert.equal(reportOf(identity, fenced, now).fencedByUser, true);
  assert.match(readyComplaint('orders-0', fenced, now) ?? '', /fenced by the user/);
  assert.equal(healthComplaint(fenced), undefined);
  const writesRefused = 'rdb_last_bgsave_status:err';
  const full = factsOf('orders-0', { redis: { ...redis, writesRefused } });
  assert.equal(reportOf(identity, full, now).writesRefused, writesRefused);
});

test('one whose append-only file cannot be written anew says that it would take no writes', () => {
  const told = (part: Partial<Facts>): string | undefined =>
    reportOf(identity, { ...replica, ...part }, now).writesRefused;
  const failed = { ...replicaRedis, rewriteFailed: true };
  assert.equal(told({ redis: failed, aofAwaited: true }), 'aof_last_bgrewrite_status:err');
  assert.equal(told({ redis: failed }), undefined);
  assert.equal(told({ aofAwaited: true }), undefined);
});

test('what Redis refuses is told as what is wrong with the spec is', () => {
  const told = (part: Partial<Facts>) => reportOf(identity, { ...primary, ...part }, now).configError;
  assert.equal(told({ settingsRefused: 'hz: bogus' }), 'hz: bogus');
  assert.equal(told({ settingsRefused: 'hz: bogus', configError: 'no map' }), 'no map');
});
