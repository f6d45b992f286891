import { Annotation } from '../../api/v1/names.ts';

/** Whom an annotation fences: pods, `*` for all of them; or nobody can tell. */
type Named = readonly string[] | 'unreadable';

export const annotationIn = (object: unknown): string | undefined =>
  (object as { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } | undefined)
    ?.metadata?.annotations?.[Annotation.fencedInstances];

function namedBy(annotation: string | undefined): Named {
  if (annotation === undefined) return [];
  try {
    return JSON.parse(annotation) as readonly string[];
  } catch {
    return 'unreadable';
  }
}

/** Keeps who is fenced by the user, and since when: whoever was, until the user says otherwise in words that can be read. */
export class UserFences {
  #named: Named = [];
  /** By pod, `*` for all; since when, in milliseconds of the world. */
  readonly #since = new Map<string, number>();

  /** The annotation has become this one. */
  changed(annotation: string | undefined, now: number): void {
    this.#named = namedBy(annotation);
    if (this.#named === 'unreadable') return;
    for (const pod of this.#since.keys()) if (!this.#named.includes(pod)) this.#since.delete(pod);
    for (const pod of this.#named) if (!this.#since.has(pod)) this.#since.set(pod, now);
  }

  /** Whoever has not heard of a fence by now cannot learn of it. */
  get unreadable(): boolean {
    return this.#named === 'unreadable';
  }

  /** Since when the user has kept this pod fenced; undefined when it is not. */
  since(pod: string): number | undefined {
    const times = [pod, '*'].flatMap((name) => this.#since.get(name) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

/** Why nobody, or not this pod, may be appointed under this annotation; undefined when it may. */
export function barredBy(annotation: string | undefined, pod: string): string | undefined {
  const named = namedBy(annotation);
  if (named === 'unreadable') return 'nobody can read whom the user has fenced';
  return named.includes(pod) || named.includes('*') ? `the user has fenced ${pod}` : undefined;
}
