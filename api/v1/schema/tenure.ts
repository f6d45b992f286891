import * as z from 'zod/mini';
import { objectName, optional, text, wholeNumber } from './pieces.ts';
import { time } from './time.ts';

/**
 * Far beyond what a cluster reaches: at one failover a second it takes thirty million years. Below the largest number that
 * is told from the next one, so that there is always a later term.
 */
const highestTerm = 1e15;
/** In milliseconds: thirty thousand years. */
const highestMoment = 1e15;

/** The fields of status that say who is primary. */
export const tenureSchema = z.object({
  term: optional(
    wholeNumber(1, highestTerm),
    'Grows with each appointment of a primary. Never edit it: instances refuse a lower one.',
  ),
  targetPrimary: optional(objectName, 'The pod that is appointed to be the primary.'),
  targetPrimaryUID: optional(text, 'Which pod of that name: one that is made anew has another UID.'),
  targetPrimaryRun: optional(
    text,
    'Which redis-server process of that pod: one that is started anew must be appointed anew.',
  ),
  targetPrimaryGrant: optional(
    z.object({
      term: optional(wholeNumber(1, highestTerm), 'The term that it is for; it is none in any other.'),
      asOf: optional(
        wholeNumber(0, highestMoment),
        'The time of the clock of the pod’s machine, in milliseconds since that was started, from which the lease counts.',
      ),
    }),
    'The first lease of the appointed pod, granted with its appointment.',
  ),
  currentPrimary: optional(
    objectName,
    'The pod that last confirmed that it takes writes. In a healthy cluster the same as targetPrimary.',
  ),
  primaryFencedSince: optional(time, 'Since when the primary may take no writes. Absent: it may.'),
  primarySince: optional(time, 'When the current primary confirmed.'),
  handover: optional(
    z.object({
      term: optional(
        wholeNumber(1, highestTerm),
        'The term that was offered last. Once targetPrimary has released its own, whoever is named here takes writes in this one.',
      ),
      to: optional(objectName, 'The pod that it is offered to. Absent: it was recalled, and never comes.'),
      toUID: optional(text, 'Which pod of that name.'),
      toRun: optional(text, 'Which redis-server process of that pod.'),
      because: optional(text, 'Why the primary is to hand over.'),
    }),
    'A planned switchover that is under way: it is written before the primary is asked to stop taking writes.',
  ),
});
