import type { InstanceReport } from '../../../control/protocol.ts';
import { resizeOf } from '../resize/state.ts';
import {
  type ClusterView,
  type InstanceView,
  type PartName,
  type PlannedView,
  type PodParts,
  reportOf,
} from '../view.ts';

/** Why a pod is to be made anew: in one word for programs, and in words. */
export interface Reason {
  readonly name: ReasonName;
  readonly because: string;
}

export type ReasonName =
  | 'Image'
  | 'Resources'
  | 'RestartRequested'
  | 'Placement'
  | 'PodTemplate'
  | 'Secrets'
  | 'Storage'
  | 'Settings'
  | 'Unknown';

type Rule = (
  instance: InstanceView,
  planned: PlannedView,
  wantedHash: string | undefined,
) => string | undefined;

/**
 * A part that the pod says nothing of came with a later version of the operator, which restarts nothing by itself.
 * `words` are told what the part was and what it should be.
 */
const differs =
  (part: PartName, words: (was: string, is: string) => string): Rule =>
  ({ pod }, { parts }) => {
    const [was, is] = [pod?.parts?.[part], parts[part]];
    return was === undefined || is === undefined || was === is ? undefined : words(was, is);
  };

/** In the order in which they are told; one is enough. */
const rules: readonly (readonly [ReasonName, Rule])[] = [
  ['Image', differs('image', (was, is) => `its image is ${was} and should be ${is}`)],
  ['Resources', notInPlace],
  ['RestartRequested', restartRequested],
  ['Placement', differs('placement', () => 'where it may run has changed')],
  ['PodTemplate', differs('podTemplate', () => 'spec.podTemplate has changed')],
  ['Secrets', differs('secrets', (was, is) => `its password is in the Secret ${was} and should be in ${is}`)],
  ['Storage', differs('storage', (was, is) => `its storage is ${was} and should be ${is}`)],
  ['Settings', settingsWait],
  ['Unknown', unknownOrigin],
];

/** Why a pod of ours is to be made anew, the most telling reason first; undefined while it may stay. */
export function reasonToReplace(
  instance: InstanceView,
  { planned, wantedHash }: Pick<ClusterView, 'planned' | 'wantedHash'>,
): Reason | undefined {
  if (instance.pod?.owner !== 'ours') return undefined;
  for (const [name, rule] of rules) {
    const because = rule(instance, planned, wantedHash.get(instance.name));
    if (because !== undefined) return { name, because };
  }
  return undefined;
}

/** A pod that says nothing of its parts may stay if it is the same as one that was made now. */
function unknownOrigin(
  { pod }: InstanceView,
  _planned: PlannedView,
  hash: string | undefined,
): string | undefined {
  const known = pod?.parts !== undefined || pod?.specHash === hash;
  return known ? undefined : 'what it was made from is not known';
}

/** What can be changed in place is no reason. */
function notInPlace(instance: InstanceView, planned: PlannedView): string | undefined {
  const resize = resizeOf(instance, { planned });
  return resize?.kind === 'impossible' ? resize.because : undefined;
}

/** An annotation that is taken away asks for nothing. */
function restartRequested({ pod }: InstanceView, { parts }: PlannedView): string | undefined {
  const { restartedAt } = parts;
  if (pod?.parts === undefined || restartedAt === undefined || pod.parts.restartedAt === restartedAt) {
    return undefined;
  }
  return `a restart was asked for (${restartedAt})`;
}

/**
 * A pod that was made with these very settings gains nothing from another restart: that could go on for ever. maxmemory is set
 * while Redis runs, and waits only for memory.
 */
function settingsWait(instance: InstanceView, { parts, generation }: PlannedView): string | undefined {
  const report = reportOf(instance);
  const made: PodParts | undefined = instance.pod?.parts;
  if (report === undefined || made?.settings === parts.settings) return undefined;
  const waiting = report.pendingRestart.filter((name) => name !== 'maxmemory');
  if (waiting.length === 0 || !knowsSettings(report, generation)) return undefined;
  return `it has to be restarted for ${waiting.join(', ')}`;
}

/** What it says of its settings is about this generation of the RedisCluster. An older manager does not say. */
export const knowsSettings = ({ settingsGeneration }: InstanceReport, generation: number): boolean =>
  settingsGeneration === undefined || settingsGeneration >= generation;
