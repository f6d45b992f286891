import type { ObjectKey, Resource, Selection } from './objects.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of all objects of a kind, in one namespace or in all. */
export function collectionPath(resource: Resource, namespace: string | undefined, query: Query = {}): string {
  const { group, version, plural } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${plural}${queryText(query)}`;
}

/** The path of one object, or of one of its subresources. */
export function objectPath(
  resource: Resource,
  key: ObjectKey,
  subresource: 'status' | 'resize' | undefined,
  query: Query = {},
): string {
  const tail = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}${tail}${queryText(query)}`;
}

export const selectionQuery = ({ labelSelector, fieldSelector }: Selection): Query => ({
  labelSelector,
  fieldSelector,
});

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
