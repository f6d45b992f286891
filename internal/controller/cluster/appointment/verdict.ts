import type { InstanceReport } from '../../../control/protocol.ts';
import { type ClusterView, reportOf } from '../view.ts';

/** What the evidence says about the appointed primary. "We cannot tell" is a verdict of its own. */
export type PrimaryVerdict =
  | { readonly kind: 'serving' }
  | { readonly kind: 'settling'; readonly because: string }
  | { readonly kind: 'failed'; readonly evidence: string }
  | { readonly kind: 'suspect'; readonly doubt: string };

/** Judges the pod that the tenure names; `term` is the tenure's. Only first-hand evidence convicts. */
export function judgePrimary(target: string, term: number, view: ClusterView): PrimaryVerdict {
  const report = reportOf(view.instances.get(target));
  if (report === undefined) return { kind: 'suspect', doubt: whyUnheard(target, view) };
  if (report.role === 'primary' && report.term === term) return { kind: 'serving' };
  if (report.process.state === 'exited') return { kind: 'failed', evidence: describeExit(report) };
  if (restarted(report, term, view)) {
    return { kind: 'failed', evidence: 'its Redis was started after it was appointed' };
  }
  return { kind: 'settling', because: report.fence ?? `its Redis is ${report.process.state}` };
}

/**
 * A tenure ends with the Redis process that held it. A cluster of one is the exception: nobody else could have gone
 * further, so its only instance takes up its own tenure again.
 */
function restarted(report: InstanceReport, term: number, view: ClusterView): boolean {
  const alone = view.wantedInstances === 1 && view.instances.size === 1;
  return report.bootTerm >= term && !alone;
}

function describeExit(report: InstanceReport): string {
  const { exit } = report.process;
  if (exit?.signal !== undefined) return `its Redis was ended by ${exit.signal}`;
  return `its Redis exited with code ${exit?.code ?? 'unknown'}`;
}

function whyUnheard(target: string, view: ClusterView): string {
  const instance = view.instances.get(target);
  if (instance?.pod === undefined) return 'its pod is gone and the next one has not reported yet';
  if (instance.pod.trouble !== undefined) return `its pod does not run: ${instance.pod.trouble.reason}`;
  switch (instance.sighting.kind) {
    case 'silent':
      return `it does not answer: ${instance.sighting.because}`;
    case 'absent':
      return 'its pod has no address yet';
    case 'reported':
      return 'what answers there is not the pod that is recorded';
  }
}
