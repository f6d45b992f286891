import type { ClusterFacts, Facts, FactsCell } from './facts.ts';
import { untilTrue } from './until.ts';

/** The pods that the annotation fences, `*` for all of them: a JSON array of names. Absent or empty: nobody. */
export function fencedPodsIn(annotation: string | undefined): ClusterFacts['fencedPods'] {
  if (annotation === undefined || annotation.trim() === '') return [];
  try {
    const pods: unknown = JSON.parse(annotation);
    return Array.isArray(pods) && pods.every((pod) => typeof pod === 'string') ? pods : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Whether the user fences this pod now. What cannot be read stops nobody, and lifts nothing. */
export function isFenced(self: string, fencedPods: ClusterFacts['fencedPods'], before: boolean): boolean {
  return fencedPods === 'unreadable' ? before : fencedPods.includes(self) || fencedPods.includes('*');
}

/**
 * Keeps what the user wants of this pod. A manager that has just started cannot know what the user wanted before: until the
 * annotation can be read, its pod may be one that was fenced, and is kept so. Returns the function that ends it.
 */
export function keepFenced(self: string, cell: FactsCell): () => void {
  let hasRead = false;
  return cell.listenToNews(() => {
    const { cluster, process, fencedByUser: before } = cell.current;
    if (cluster === undefined) return;
    const fencedByUser = isFenced(self, cluster.fencedPods, before || !hasRead);
    hasRead ||= cluster.fencedPods !== 'unreadable';
    if (fencedByUser === before) return;
    const neverStarted = fencedByUser && process.pid === undefined;
    cell.change({ fencedByUser, process: neverStarted ? { ...process, state: 'stopped' } : process });
  });
}

/** Resolves once the RedisCluster has been read and lets this instance run, or when `signal` aborts. */
export async function untilNotFenced(cell: FactsCell, signal: AbortSignal): Promise<void> {
  const mayRun = ({ cluster, fencedByUser }: Facts): boolean => cluster !== undefined && !fencedByUser;
  // Whoever was told that it may run may have been fenced again before anybody acts on it.
  while (!mayRun(cell.current) && !signal.aborted) await untilTrue(mayRun, cell, signal);
}
