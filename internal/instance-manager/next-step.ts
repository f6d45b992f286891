import type { Moment } from '../time/units.ts';
import { decideRole, type RoleStep } from './decide.ts';
import type { Facts } from './facts.ts';
import { type Place, viewOf } from './view.ts';

/** What decideRole says about the facts as they are; a redis-server that cannot obey yet is left alone. */
export function nextStep(place: Place, facts: Facts, now: Moment): RoleStep {
  const { state } = facts.process;
  if (facts.redis === undefined || state === 'exited' || state === 'stopped') {
    return { kind: 'keep', because: whyLeft(facts) };
  }
  const step = decideRole(viewOf(place, facts, facts.redis, now));
  // Saving may take minutes, and the lease runs out meanwhile.
  if (isEnding(facts) && step.kind !== 'fence' && step.kind !== 'listen')
    return { kind: 'keep', because: whyLeft(facts) };
  if (facts.aofAwaited && step.kind === 'promote') {
    return { kind: 'keep', because: 'its append-only file is being written anew' };
  }
  const refusedWhileLoading = step.kind === 'promote' || step.kind === 'follow' || step.kind === 'detach';
  return state === 'loading' && refusedWhileLoading
    ? { kind: 'keep', because: 'redis-server is loading its data set' }
    : step;
}

/** redis-server is being ended in order: it does all that is to be done on the way. */
const isEnding = ({ stopping, fencedByUser }: Facts): boolean => stopping || fencedByUser;

function whyLeft({ stopping, fencedByUser }: Facts): string {
  if (stopping) return 'it is being stopped';
  return fencedByUser ? 'it is fenced by the user' : 'redis-server does not answer yet';
}

/** Nothing is to be done here, but perhaps a proof is to come. */
export const isWaiting = (step: RoleStep): boolean => step.kind === 'keep' || step.kind === 'confirm';
