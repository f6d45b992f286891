import { availableParallelism } from 'node:os';
import { Players } from './players.ts';

/** Shared by all tests of a process: what a thread has made fast for one of them is fast for the next. */
export const players = new Players(availableParallelism());
