import * as z from 'zod/mini';
import { objectName, optional, text, wholeNumber } from './pieces.ts';
import { time } from './time.ts';

/** The fields of status that say who is primary. */
export const tenureSchema = z.object({
  term: optional(
    wholeNumber(1, Number.MAX_SAFE_INTEGER),
    'Grows with each appointment of a primary. Never edit it: instances refuse a lower one.',
  ),
  targetPrimary: optional(objectName, 'The pod that is appointed to be the primary.'),
  targetPrimaryUID: optional(text, 'Which pod of that name: one that is made anew has another UID.'),
  currentPrimary: optional(
    objectName,
    'The pod that last confirmed that it takes writes. In a healthy cluster the same as targetPrimary.',
  ),
  primaryFencedSince: optional(time, 'Since when the primary may take no writes. Absent: it may.'),
  primarySince: optional(time, 'When the current primary confirmed.'),
});
