import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { type Comparison, compareLink, type Link, loseLink, noLink, seeLink } from './link.ts';

const address = { host: '10.0.0.2', port: 6379 };
const elsewhere = { host: '10.0.0.3', port: 6379 };

const up = (offset: number, at: number) => ({ address, up: true, offset, at: moment(at) });
const asked = (offset: number, own: number, at: number): Comparison => ({
  address,
  askedAt: moment(at),
  answeredAt: moment(at + 1),
  upstream: { replicationId: 'a', offset },
  own: { replicationId: 'a', offset: own },
});
const inSync = (link: Link): boolean => link.kind === 'up' && link.inSync;

test('a link that is up proves nothing by itself', () => {
  const link = seeLink(seeLink(noLink, up(100, 1)), up(200, 2));
  assert.equal(inSync(link), false);
});

test('a replica that has what the upstream had after the link came up is in sync, at once or later', () => {
  const link = seeLink(noLink, up(100, 1));
  assert.equal(inSync(compareLink(link, asked(100, 100, 2))), true);
  const behind = compareLink(link, asked(150, 100, 2));
  assert.equal(inSync(behind), false);
  assert.equal(inSync(seeLink(behind, up(149, 3))), false);
  assert.equal(inSync(seeLink(behind, up(150, 4))), true);
});

test('the goal stays where it was first found, so that a busy upstream does not run away with it', () => {
  const behind = compareLink(seeLink(noLink, up(100, 1)), asked(150, 100, 2));
  const later = compareLink(behind, asked(400, 160, 3));
  assert.equal(inSync(later), true);
  assert.equal(later.kind === 'up' && later.lagBytes, 240);
});

test('a lost link loses the proof, and the next one starts anew', () => {
  const proved = compareLink(seeLink(noLink, up(100, 1)), asked(100, 100, 2));
  for (const lost of [
    loseLink(proved),
    seeLink(proved, { address, up: false, offset: 100, at: moment(3) }),
    seeLink(proved, { ...up(100, 3), address: elsewhere }),
  ]) {
    assert.equal(inSync(lost), false);
    assert.equal(inSync(seeLink(lost, up(100, 4))), false);
  }
});

test('an answer to a question from before the link came up is no goal', () => {
  const link = seeLink(noLink, up(100, 5));
  assert.deepEqual(compareLink(link, asked(100, 100, 4)), link);
});

test('an answer about another upstream or another history changes nothing', () => {
  const link = seeLink(noLink, up(100, 1));
  assert.deepEqual(compareLink(link, { ...asked(100, 100, 2), address: elsewhere }), link);
  const foreign = { ...asked(100, 100, 2), upstream: { replicationId: 'b', offset: 100 } };
  assert.deepEqual(compareLink(link, foreign), link);
});
