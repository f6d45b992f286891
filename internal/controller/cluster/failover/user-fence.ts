import type { UserFence } from '../view.ts';

/** Reads redis.io/fencedInstances: a JSON array of pod names, `["*"]` for all. Absent or empty: nobody. */
export function parseUserFence(annotation: string | undefined): UserFence {
  if (annotation === undefined || annotation.trim() === '') return { kind: 'named', pods: [] };
  const names = parseNames(annotation);
  if (names === undefined) {
    return {
      kind: 'unreadable',
      problem: 'it must be a JSON array of pod names, such as ["shop-0"] or ["*"]',
    };
  }
  return names.includes('*') ? { kind: 'all' } : { kind: 'named', pods: names };
}

/** The user named it: its Redis is stopped. */
export const namesPod = (fence: UserFence, pod: string): boolean =>
  fence.kind === 'all' || (fence.kind === 'named' && fence.pods.includes(pod));

/** It may not be appointed: it is named, or nobody can tell who is. */
export const barsPod = (fence: UserFence, pod: string): boolean =>
  fence.kind === 'unreadable' || namesPod(fence, pod);

function parseNames(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((name) => typeof name === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
