import assert from 'node:assert/strict';
import { type Address, closedGate, decideRole, nowhere, type RoleStep, type RoleView } from './decide.ts';

/** Test data: two instances, and what becomes of a view when its steps are carried out. */
export const me = 'orders-0';
export const other = 'orders-1';
export const ownAddress: Address = { host: '10.0.0.1', port: 6379 };
export const otherAddress: Address = { host: '10.0.0.2', port: 6379 };

/** Nothing is handed over; release.test.ts has the views in which it is. */
export const open = { released: undefined, handedOver: false, listens: true, mayListen: true } as const;

/** What the world looks like after a step was carried out, while nothing else happens. */
export function after(view: RoleView, step: RoleStep): RoleView {
  const { redis } = view;
  switch (step.kind) {
    case 'keep':
      return view;
    case 'confirm':
      return { ...view, confirmed: view.tenure, proved: true };
    case 'adopt':
      return { ...view, record: step.record };
    case 'note':
      return { ...view, note: undefined };
    case 'promote':
      return { ...view, redis: { follows: undefined, writeGate: step.minReplicas } };
    case 'regate':
      return { ...view, redis: { ...redis, writeGate: step.minReplicas } };
    case 'fence':
      return { ...view, redis: { ...redis, writeGate: closedGate } };
    case 'release':
      return { ...view, listens: false, redis: { ...redis, writeGate: closedGate } };
    case 'listen':
      return { ...view, listens: true };
    case 'detach':
      return { ...view, linkLacksHistory: false, redis: { ...redis, follows: nowhere } };
    case 'keepAside':
      return { ...view, aside: 'none' };
    case 'follow':
      return { ...view, linkLacksHistory: false, redis: { ...redis, follows: step.address } };
  }
}

export function settle(first: RoleView): RoleView {
  let view = first;
  for (let steps = 0; steps < 6; steps += 1) {
    const step = decideRole(view);
    if (step.kind === 'keep') return view;
    view = after(view, step);
  }
  return assert.fail(`never settles: ${JSON.stringify(first)}`);
}
