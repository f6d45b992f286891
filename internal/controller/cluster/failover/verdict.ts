import type { InstanceReport } from '../../../control/protocol.ts';
import { type Duration, milliseconds } from '../../../time/units.ts';
import { type ClusterView, type HeldTenure, type InstanceView, isOfHolder, reportOf } from '../view.ts';
import { survivors } from './candidates.ts';
import { namesPod } from './user-fence.ts';

/** What the evidence says about the appointed primary. "We cannot tell" is a verdict of its own. */
export type PrimaryVerdict =
  /** It answers, and nothing speaks against it. Its gate may be closed, if the tenure is fenced. */
  | { readonly kind: 'serving' }
  | { readonly kind: 'settling'; readonly because: string }
  | { readonly kind: 'failed'; readonly evidence: Evidence }
  | {
      readonly kind: 'suspect';
      readonly doubt: Doubt;
      readonly because: string;
      readonly recheckAfter: Duration;
    };

/**
 * `dead` the Redis process that held the tenure is no more; `released` it answers and takes no writes in this term, and is
 * to be replaced; `refusing` its disk takes no writes; `silent` nobody has heard it for long enough.
 */
export interface Evidence {
  readonly kind: 'dead' | 'released' | 'refusing' | 'silent';
  readonly words: string;
}

/** `brief` the silence is short yet; `contradicted` a replica hears it. */
export type Doubt = 'brief' | 'contradicted';

/** Judges the pod that the tenure names. First-hand evidence convicts alone; silence only if it lasts and nobody hears it. */
export function judgePrimary(tenure: HeldTenure, view: ClusterView): PrimaryVerdict {
  const instance = view.instances.get(tenure.target);
  const report = speaksForHolder(instance, tenure, view) ? reportOf(instance) : undefined;
  if (report !== undefined) return judgeReport(report, tenure, view);
  const death = lastWords(instance, tenure) ?? gone(instance, tenure);
  return death === undefined ? judgeSilence(tenure, view) : dead(death);
}

/**
 * Whether what answers under the target's name is the pod that was appointed. A pod made anew proves nothing about the
 * one before it, which may go on somewhere when its object was deleted by force. In a cluster of one nobody else could
 * have gone further.
 */
function speaksForHolder(instance: InstanceView | undefined, tenure: HeldTenure, view: ClusterView): boolean {
  return tenure.targetUID === undefined || instance?.pod?.uid === tenure.targetUID || isAlone(view);
}

export const isAlone = (view: ClusterView): boolean =>
  view.wantedInstances === 1 && view.instances.size === 1;

function judgeReport(report: InstanceReport, tenure: HeldTenure, view: ClusterView): PrimaryVerdict {
  const { state } = report.process;
  if (state === 'exited' || state === 'stopped') return dead(describeEnd(report));
  // A tenure ends with the process that held it; a cluster of one takes up its own again.
  if (!isOfHolder(report, tenure) && !isAlone(view)) {
    return dead('its Redis was restarted after it was appointed');
  }
  const objection = whyReplaced(report, tenure, view);
  return objection === undefined ? judgeWelcome(report, tenure) : judgeUnwelcome(objection, report, tenure);
}

const serves = (report: InstanceReport, { term }: HeldTenure): boolean =>
  report.role === 'primary' && report.term === term;

/** Nothing speaks against it. Whether its gate is open, is to be opened, or is not open yet is told by the record. */
function judgeWelcome(report: InstanceReport, tenure: HeldTenure): PrimaryVerdict {
  if (serves(report, tenure)) return { kind: 'serving' };
  const held = tenure.fencedFor !== undefined || promisedLater(report, tenure.term);
  return held && report.process.state === 'running' ? { kind: 'serving' } : settling(report);
}

function judgeUnwelcome(
  { kind, words }: Objection,
  report: InstanceReport,
  tenure: HeldTenure,
): PrimaryVerdict {
  const fenced = tenure.fencedFor !== undefined;
  if (fenced && hasReleased(report)) return { kind: 'failed', evidence: { kind: 'released', words } };
  if (kind === 'disk' && !fenced && serves(report, tenure)) {
    return { kind: 'failed', evidence: { kind: 'refusing', words } };
  }
  return { kind: 'settling', because: `${words}; it has yet to stop` };
}

/** Its Redis answers, and says that it takes no writes. One that says nothing may take them. */
const hasReleased = ({ process, role }: InstanceReport): boolean =>
  process.state === 'running' && (role === 'fenced' || role === 'replica');

/** It has promised to obey a later term only, so it will not serve in this one. */
export const promisedLater = ({ promise }: InstanceReport, term: number): boolean =>
  promise !== undefined && promise.term > term;

interface Objection {
  readonly kind: 'userFence' | 'disk';
  readonly words: string;
}

export const isFencedByUser = (report: InstanceReport, view: ClusterView): boolean =>
  report.fencedByUser || namesPod(view.userFence, report.pod);

/** Why a primary that answers is to be replaced; undefined while it may go on. */
function whyReplaced(report: InstanceReport, tenure: HeldTenure, view: ClusterView): Objection | undefined {
  if (isFencedByUser(report, view)) {
    return { kind: 'userFence', words: 'the user has fenced it' };
  }
  if (report.writesRefused === undefined) return undefined;
  const better = survivors(tenure, view).some((survivor) => survivor.report.writesRefused === undefined);
  return better ? { kind: 'disk', words: `it refuses writes: ${report.writesRefused}` } : undefined;
}

const settling = (report: InstanceReport): PrimaryVerdict => ({
  kind: 'settling',
  because: report.fence ?? `its Redis is ${report.process.state}`,
});

/** The last thing it said was that its Redis has ended: no later process of that pod may serve in this term. */
function lastWords(instance: InstanceView | undefined, tenure: HeldTenure): string | undefined {
  const last = instance?.lastReport;
  if (last === undefined || last.term !== tenure.term) return undefined;
  if (tenure.targetUID !== undefined && last.podUID !== tenure.targetUID) return undefined;
  const ended = last.process.state === 'exited' || last.process.state === 'stopped';
  return ended ? describeEnd(last) : undefined;
}

/** That the process is gone by the word of the kubelet, or of whoever has made sure that the node is off. */
function gone(instance: InstanceView | undefined, tenure: HeldTenure): string | undefined {
  if (tenure.ended !== undefined) return `its container has ended: ${tenure.ended}`;
  const pod = instance?.pod;
  const appointed = tenure.targetUID === undefined || pod?.uid === tenure.targetUID;
  if (pod?.node.outOfService !== true || !appointed) return undefined;
  return `its node ${pod.node.name ?? ''} is out of service`;
}

/** Second-hand evidence: silence counts if it has lasted, and only while no replica hears the primary either. */
function judgeSilence(tenure: HeldTenure, view: ClusterView): PrimaryVerdict {
  const { suspicion, delay } = view.policy;
  const patience = tenure.fencedFor === undefined ? suspicion + delay : suspicion;
  const why = whyUnheard(tenure.target, view);
  const hearing = witnesses(tenure, view).filter(({ heardMsAgo }) => heardMsAgo < suspicion);
  const [first] = hearing;
  if (first !== undefined) {
    // Not who heard it last: that changes from look to look, and would be written to the status each time.
    const because = `${why}, but ${first.name} hears it`;
    const newest = Math.min(...hearing.map(({ heardMsAgo }) => heardMsAgo));
    const recheckAfter = milliseconds(suspicion - newest);
    return { kind: 'suspect', doubt: 'contradicted', because, recheckAfter };
  }
  if (tenure.silentFor < patience) {
    const because = `${why}, and has only just fallen silent`;
    return {
      kind: 'suspect',
      doubt: 'brief',
      because,
      recheckAfter: milliseconds(patience - tenure.silentFor),
    };
  }
  return { kind: 'failed', evidence: { kind: 'silent', words: `${why}, and no replica hears it` } };
}

interface Witness {
  readonly name: string;
  readonly heardMsAgo: number;
}

/**
 * The replicas that heard the primary, by name: their stream grew, or the primary answered a question of theirs. Whoever
 * hears the pod that was made in its place hears another.
 */
function witnesses(tenure: HeldTenure, view: ClusterView): readonly Witness[] {
  const { target } = tenure;
  const named = view.instances.get(target);
  const successor = speaksForHolder(named, tenure, view) ? undefined : named?.pod?.ip;
  const heard = [...view.instances.values()].flatMap((instance): readonly Witness[] => {
    const { pod, heardMsAgo, address } = reportOf(instance)?.upstream ?? {};
    const hears = pod === target && (successor === undefined || address !== successor);
    return instance.name !== target && hears && heardMsAgo !== undefined
      ? [{ name: instance.name, heardMsAgo }]
      : [];
  });
  return heard.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const dead = (words: string): PrimaryVerdict => ({ kind: 'failed', evidence: { kind: 'dead', words } });

function describeEnd({ process, fencedByUser }: InstanceReport): string {
  if (process.state === 'stopped') {
    return fencedByUser ? 'the user has fenced it' : 'its Redis was ended in order';
  }
  const { exit } = process;
  if (exit?.signal !== undefined) return `its Redis was ended by ${exit.signal}`;
  return `its Redis exited with code ${exit?.code ?? 'unknown'}`;
}

function whyUnheard(target: string, view: ClusterView): string {
  const instance = view.instances.get(target);
  if (instance?.pod === undefined) return 'its pod is gone';
  if (instance.pod.trouble !== undefined) return `its pod does not run (${instance.pod.trouble.reason})`;
  switch (instance.sighting.kind) {
    case 'silent':
      return `it does not answer (${instance.sighting.because})`;
    case 'absent':
      return 'its pod has no address yet';
    case 'reported':
      return 'what answers there is another pod than the one appointed';
  }
}
