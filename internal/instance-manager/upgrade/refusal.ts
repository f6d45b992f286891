import type { TakenIn } from '../commands.ts';

/** Why a binary that was sent is not run. */
export type Refusal = Exclude<TakenIn, { readonly kind: 'done' }>;

/** The same binary would be refused again. */
export const unfit = (why: string): Refusal => ({ kind: 'unfit', why });

/** What was in the way will not be for long: the same binary may be sent again soon. */
export const notNow = (why: string): Refusal => ({ kind: 'refused', why });
