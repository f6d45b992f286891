import type { KubeObject, ObjectKey, Selection } from '../../kube/objects.ts';

/** An object as JSON, the way it is stored. */
export type Json = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386: maps are merged, null deletes, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** Server-side apply, as far as one field manager needs it: metadata is merged, each other field is replaced whole. */
export function applied(live: KubeObject | undefined, desired: KubeObject): KubeObject {
  if (live === undefined) return desired;
  return {
    ...live,
    ...desired,
    metadata: mergePatch(live.metadata, desired.metadata) as KubeObject['metadata'],
  };
}

/** Whether a selection takes this object: labels that must exist or be equal, and metadata.name. */
export function isSelected(
  object: KubeObject,
  { namespace, labelSelector, fieldSelector }: Selection,
): boolean {
  const { metadata } = object;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (fieldSelector !== undefined && fieldSelector !== `metadata.name=${metadata.name}`) return false;
  if (labelSelector === undefined) return true;
  return labelSelector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    const found = metadata.labels?.[key];
    return value === undefined ? found !== undefined : found === value;
  });
}

export const textOf = ({ namespace, name }: ObjectKey): string => `${namespace ?? ''}/${name}`;
