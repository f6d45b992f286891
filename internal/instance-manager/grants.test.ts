import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures, GrantAnswer } from '../control/grants.ts';
import type { InstanceReport, LeaseCommand } from '../control/protocol.ts';
import { HandClock } from '../time/hand-clock.fixture.ts';
import { moment, seconds } from '../time/units.ts';
import { identity, primaryOfTerm3, redis } from './facts.fixture.ts';
import { createFactsCell, type Facts, type RedisFacts } from './facts.ts';
import { answerGrants } from './grants.ts';
import { reportOf } from './report.ts';
import { tellTheSame } from './told.ts';

const streaming = { ...redis, streams: { to: ['10.0.0.2'], keptBackAtMost: 7 } };
const primary: Facts = { ...primaryOfTerm3(moment(0)), redis: streaming };

async function granted(changes: readonly Partial<Facts>[]) {
  const clock = new HandClock();
  const cell = createFactsCell(primary);
  const answer = answerGrants({ clock, identity }, cell);
  const grant = (part: Partial<LeaseCommand> = {}): GrantAnswer =>
    answer({ term: 3, podUID: 'u-0', asOf: clock.monotonic(), ...part });
  const answers = [grant()];
  const reports: unknown[] = [overTheWire(reportOf(identity, cell.current, clock.monotonic()))];
  for (const change of changes) {
    await clock.pass(seconds(0.5));
    cell.change(change);
    answers.push(grant());
    reports.push(overTheWire(reportOf(identity, cell.current, clock.monotonic())));
  }
  return { answers, reports, grant, cell };
}

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What the operator makes of them, see GrantConnection. */
function understood(answers: readonly GrantAnswer[]): readonly unknown[] {
  let known: InstanceReport | undefined;
  return answers.map((answer) => {
    assert.notEqual(answer.kind, 'refused');
    if (answer.kind === 'refused') return undefined;
    const { kind: _, ...said } = answer;
    known = 'report' in said ? said.report : { ...(known ?? assert.fail()), ...(said satisfies Figures) };
    return overTheWire(known);
  });
}

const look = (part: Partial<RedisFacts>, at: number): Partial<Facts> => ({
  redis: { ...streaming, ...part },
  process: { ...primary.process, answeredAt: moment(at) },
  lookedAt: moment(at),
});

test('while nothing happens, only figures are told, and the operator knows no less than by a report', async () => {
  const { answers, reports } = await granted([{}, look({}, 900), look({ offset: 24 }, 1400), {}]);
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['report', 'same', 'same', 'same', 'same'],
  );
  assert.deepEqual(understood(answers), reports);
});

test('whatever else has changed is told in full, once', async () => {
  const { cluster = assert.fail() } = primary;
  const changes: readonly Partial<Facts>[] = [
    look({ keys: 4 }, 1),
    look({ connectedReplicas: 0 }, 1),
    look({ streams: undefined }, 1),
    look({ streams: { to: [], keptBackAtMost: 7 } }, 1),
    look({ writesRefused: 'rdb_last_bgsave_status:err' }, 1),
    { redis: undefined },
    {
      process: { ...primary.process, state: 'exited', pid: undefined, exit: { code: 1, signal: undefined } },
    },
    { process: { ...primary.process, pid: 8 } },
    { leaving: true },
    { pendingRestart: ['appendonly'] },
    { cluster: { ...cluster, resourceVersion: '11' } },
    { finalWords: { ...primary.finalWords, offset: 7 } },
    { because: 'something else' },
  ];
  for (const change of changes) {
    const { answers, reports } = await granted([change, {}]);
    const told = answers.map(({ kind }) => kind);
    assert.deepEqual(told, ['report', 'report', 'same'], JSON.stringify(change));
    assert.deepEqual(understood(answers), reports);
  }
});

test('what follows another, or has promised a term, has figures of its own: all of it is told', () => {
  const follower: Facts = { ...primary, redis: { ...redis, follows: { host: '10.0.0.2', port: 6379 } } };
  const cell = createFactsCell(follower);
  const answer = answerGrants({ clock: new HandClock(), identity }, cell);
  for (let count = 0; count < 2; count += 1)
    assert.equal(answer({ term: 3, podUID: 'u-0', asOf: 0 }).kind, 'report');
});

test('a grant that is refused changes nothing, and one that was held up proves nothing new', async () => {
  const { grant, cell } = await granted([{}]);
  const before = cell.current;
  assert.equal(before.proof?.at, 500);
  for (const part of [{ podUID: 'u-1' }, { term: 2 }, { term: 4 }, { asOf: 60_000 }])
    assert.equal(grant(part).kind, 'refused', JSON.stringify(part));
  assert.equal(cell.current, before);
  assert.equal(grant({ asOf: 100 }).kind, 'same');
  assert.equal(cell.current.proof?.at, 500);
});

test('each connection is told everything first', async () => {
  const { cell } = await granted([{}]);
  const answer = answerGrants({ clock: new HandClock(), identity }, cell);
  assert.equal(answer({ term: 3, podUID: 'u-0', asOf: 0 }).kind, 'report');
});

test('figures alone are no news to those who listen for news, and all else is', () => {
  const cell = createFactsCell(primary);
  let [changes, news] = [0, 0];
  cell.listen(() => {
    changes += 1;
  });
  const stop = cell.listenToNews((facts, before) => {
    assert.ok(!tellTheSame(before, facts));
    news += 1;
  });
  cell.change({ proof: { kind: 'grant', term: 3, at: moment(7) } });
  cell.change(look({ offset: 11 }, 8));
  assert.deepEqual([changes, news], [2, 0]);
  cell.change({ leaving: true });
  assert.deepEqual([changes, news], [3, 1]);
  stop();
  cell.change({ leaving: false });
  assert.deepEqual([changes, news], [4, 1]);
});
