import type { Readable } from 'node:stream';
import { isKubeError, refusalError, silenceError } from './errors.ts';
import type { WatchEvent } from './kube.ts';
import { linesOf } from './lines.ts';
import { withoutManagedFields } from './managed-fields.ts';
import type { KubeObject } from './objects.ts';

interface RawEvent<Kind> {
  readonly type: string;
  readonly object: Kind & { readonly code?: number };
}

/** The events of one watch request. Rejects with a KubeError when the API server says so, or the connection breaks. */
export async function* watchEvents<Kind extends KubeObject>(
  open: () => Promise<Readable>,
): AsyncGenerator<WatchEvent<Kind>> {
  const answer = await open();
  try {
    // However this loop is left, the answer is destroyed, and its connection with it.
    for await (const line of linesOf(answer)) yield parseEvent<Kind>(line);
  } catch (cause) {
    if (isKubeError(cause)) throw cause;
    throw silenceError('unreachable', 'watch', cause);
  }
}

function parseEvent<Kind extends KubeObject>(line: string): WatchEvent<Kind> {
  const { type, object } = JSON.parse(line) as RawEvent<Kind>;
  switch (type) {
    case 'ADDED':
      return { kind: 'added', object: withoutManagedFields(object) };
    case 'MODIFIED':
      return { kind: 'modified', object: withoutManagedFields(object) };
    case 'DELETED':
      return { kind: 'deleted', object: withoutManagedFields(object) };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: object.metadata.resourceVersion ?? '' };
    default:
      throw refusalError({ status: object.code ?? 500, body: JSON.stringify(object) }, 'watch');
  }
}
