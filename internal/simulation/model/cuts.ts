import type { Pod } from './instance.ts';

/** Links that are cut, as bits of one number. */
export const apiCut = (pod: Pod): number => 1 << pod;
export const operatorCut = (pod: Pod): number => 1 << (4 + pod);
export const peerCut = (one: Pod, other: Pod): number =>
  1 << (8 + Math.min(one, other) * 4 + Math.max(one, other));
/** The watch of the operator brings nothing. */
export const watchStalls = 1 << 24;

export const isCut = (cuts: number, bit: number): boolean => (cuts & bit) !== 0;
