import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moment } from '../time/units.ts';
import { atBoot, type Facts } from './facts.ts';
import { provedTerm } from './synced-term.ts';

const address = { host: '10.0.0.2', port: 6379 };
const tenure = { term: 2, primary: 'shop-1', fenced: false };

/** A replica that has adopted term 2 at 10, and whose link was found in sync by a question sent at `agreedAt`. */
function replicaWith(agreedAt: number | undefined): Facts {
  const boot = atBoot({ kind: 'record', record: { term: 2, role: 'replica' } }, true, moment(0));
  const cluster = { tenure, addresses: new Map([['shop-1', address.host]]) } as unknown as Facts['cluster'];
  const at = agreedAt === undefined ? undefined : moment(agreedAt);
  const link = { kind: 'up', address, since: moment(1), goal: 5, inSync: true, lagBytes: 0 } as const;
  return { ...boot, adoptedAt: moment(10), cluster, link: { ...link, comparedAt: at, agreedAt: at } };
}

test('a link that was in sync in an older term proves nothing of whoever serves at its address in this one', () => {
  assert.equal(provedTerm(replicaWith(undefined)), 0);
  assert.equal(provedTerm(replicaWith(9)), 0);
  assert.equal(provedTerm(replicaWith(10)), 2);
});
