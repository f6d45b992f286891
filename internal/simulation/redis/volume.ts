import type { StoredRecord } from '../../instance-manager/record.ts';

/** How redis-server keeps its data set, as spec.persistence says. */
export type Persistence = 'aof' | 'rdb' | 'none';

/** What outlives an instance's processes. */
export interface Volume {
  readonly name: string;
  record: StoredRecord;
  /** The numbers of the writes in the data set that a redis-server started now would load. */
  files: readonly number[];
  /** A redis-server has run on it before. */
  used: boolean;
  /** What was saved there before it was replaced. */
  readonly aside: number[];
}

export const emptyVolume = (name: string): Volume => ({
  name,
  record: { kind: 'absent' },
  files: [],
  used: false,
  aside: [],
});

/** How a redis-server ends: what is in its files then differs. */
export type Ending = 'in order' | 'killed' | 'power lost';
