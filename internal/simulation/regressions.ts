import { scaling } from './planned/operations.ts';
import type { Theme } from './story.ts';
import * as themes from './themes.ts';

/** A story that once went wrong, and what was wrong. */
export interface Regression {
  readonly seed: number;
  /** Whatever the seed says, where there is none. */
  readonly theme?: Theme;
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
  {
    seed: 71,
    was: 'nobody was ever appointed when all who had been in sync were empty and the old primary was back with data',
  },
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
  { seed: 1585, was: 'a write that WAIT had confirmed was lost' },
  { seed: 9284, was: 'the same' },
  { seed: 5045, was: 'a replica with data was emptied' },
  { seed: 9296, was: 'the same' },
  {
    seed: 1,
    theme: themes.unreadableTenure,
    was: 'a redis-server that was started while nobody could read the tenure became primary of an old term',
  },
  {
    seed: 1,
    theme: themes.forgottenFence,
    was: 'a container that started while nobody could read whom the user had fenced lifted the fence',
  },
  { seed: 22543, was: 'the first of the two, and the successor was fenced as another pod' },
  { seed: 22754, was: 'the same' },
  { seed: 20198, was: 'the only writes of a primary that nobody heard were called its replicas’ data' },
  { seed: 20331, was: 'a write was called lost that nobody had been proved to have' },
  {
    seed: 22423,
    was: 'a primary was appointed again on a report from before its manager killed its redis-server, and emptied the others',
  },
  { seed: 31394, was: 'the same' },
  { seed: 31866, was: 'the same' },
  { seed: 41131, was: 'the same' },
  {
    seed: 32655,
    was: 'a primary was fenced although a replica had said, while another was waited for, that it hears it',
  },
  { seed: 1010725, was: 'the same' },
  { seed: 1001782, was: 'a primary was fenced for a successor that had said meanwhile that it had ended' },
  { seed: 1000528, was: 'a replica that is gone was taken for a witness' },
  {
    seed: 1001014,
    was: 'an empty primary was appointed over a replica with data that the user had fenced',
  },
  { seed: 1005627, was: 'the same' },
  {
    seed: 1015342,
    was: 'an older snapshot was preferred to a replica in sync whose pod was being deleted',
  },
  {
    seed: 1011506,
    was: 'files of replicas were thought to tell more than that of a primary whose node lost its power',
  },
  { seed: 1019626, was: 'the same' },
  { seed: 1306863, was: 'a witness that had said since that it was stopped was held against a fence' },
  {
    seed: 1014,
    theme: scaling,
    was: 'a replica whose redis-server hung was thought in sync with the process that took its primary’s place',
  },
  {
    seed: 880011357,
    was: 'a redis-server that was frozen when its lease ran out was killed a second later, when its successor could write',
  },
  {
    seed: 881003229,
    was: 'what came to a redis-server after it had been frozen overtook what had come before, and its stream had a hole',
  },
  {
    seed: 881007649,
    was: 'a redis-server was called fenced that could not read its fence in time, nor anything after it',
  },
  { seed: 882011379, was: 'a watch that had lost a change went on with the next one' },
  {
    seed: 883037625,
    was: 'a snapshot that the primary had written at its end was not told from an older one, and WAIT had confirmed what it had',
  },
  {
    seed: 905056637,
    was: 'a redis-server that had been stopped carried out, when it went on, that it was to take writes, long after its lease',
  },
  {
    seed: 905022106,
    was: 'one that woke up and whose redis-server was slow to close its gate was thought to write on, though it is killed for it in time',
  },
  {
    seed: 905019279,
    was: 'what was lost with one that was appointed again was held against the record of the failover before',
  },
  {
    seed: 883010393,
    was: 'a wait too short to be added to the time was waited again and again, at one moment for ever',
  },
  {
    seed: 905059377,
    was: 'what a watch sent at one moment came in another order, since a sum of times was rounded',
  },
  { seed: 905063008, was: 'the same, and an instance that ran was never heard of again' },
  {
    seed: 905081967,
    was: 'one that was cut off was thought to know of a fence that it could not have heard of',
  },
  {
    seed: 905042537,
    was: 'with minSyncReplicas 0 what a replica had confirmed that was not proved in sync yet was thought to be promised',
  },
  {
    seed: 928053856,
    was: 'a replica whose redis-server hung was thought to have what it had when it answered last, which was nothing',
  },
  {
    seed: 928019330,
    was: 'a primary that had saved all at its end did not note it, since nobody could read the term in the status just then',
  },
  {
    seed: 928037170,
    was: 'what a pod had said that was deleted by force was thought to be known still',
  },
  {
    seed: 970054505,
    was: 'a primary that had dropped its proof, since it had heard of another tenure, gave a redis-server that hung a second to close its gate',
  },
  {
    seed: 970000857,
    was: 'of two that were not proved in sync with a primary that was lost, one that had yet to take over its data set was appointed',
  },
  {
    seed: 970003501,
    was: 'what a pod said was thought to be forgotten, since one before it of the same name, deleted by force, went on speaking',
  },
  {
    seed: 112982757,
    was: 'a redis-server that was being started when its manager heard of a fence was thought to have been started against it',
  },
  {
    seed: 112986374,
    was: 'whoever had caught up with a primary that lost its power, and was not proved in sync yet, was thought to be known to have more',
  },
  {
    seed: 113033952,
    was: 'one that was being sent the whole data set of a primary that died was not waited for, though nobody else had any of it',
  },
  { seed: 5494, was: 'a primary that was being stopped went on taking writes when its lease had run out' },
];
