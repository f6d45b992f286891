import type { KubeObject } from './objects.ts';

/** Nobody here reads them, and they are a third of a cached object. */
export function withoutManagedFields<Kind extends KubeObject>(object: Kind): Kind {
  if (!('managedFields' in (object.metadata ?? {}))) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata as Kind['metadata'] & {
    managedFields: unknown;
  };
  return { ...object, metadata };
}
