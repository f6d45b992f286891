/** A story that once went wrong, and what was wrong. */
export interface Regression {
  readonly seed: number;
  readonly was: string;
}

/** Seeds that failed; a change of the world itself may turn one into another story, its name stays true of the code. */
export const regressions: readonly Regression[] = [
  {
    seed: 41,
    was: 'a redis-server that had lost its data let its former replicas follow it, and emptied them',
  },
  {
    seed: 5,
    was: 'replicas that heard a pod made anew were taken for witnesses of the one before it, for ever',
  },
  { seed: 34, was: 'the same, with only one replica left' },
  { seed: 71, was: 'the same, after a partition' },
  { seed: 95, was: 'with minSyncReplicas 1 nobody was appointed again when all but one had been restarted' },
  { seed: 99, was: 'the same, although the old primary was back with its own volume' },
  { seed: 104, was: 'the same without persistence, when everybody had been heard' },
  { seed: 216, was: 'a volume that had lost its last seconds was preferred to a survivor that had them' },
  { seed: 405, was: 'a candidate was appointed on a report from before its redis-server had ended' },
  { seed: 301, was: 'writes were called lost that no disk and no replica had had time to keep' },
  { seed: 677, was: 'the same, when two nodes had lost their power' },
  { seed: 1475, was: 'the same, when the only other copy had been restarted' },
  { seed: 685, was: 'what a cut link left behind was taken for restlessness of an idle cluster' },
  { seed: 1514, was: 'an emptied primary was appointed again before everybody else had been heard' },
  { seed: 5494, was: 'a primary that was being stopped went on taking writes when its lease had run out' },
];
