import type { KubeObject } from '../../../kube/objects.ts';
import { sameQuantity } from './quantities.ts';

/**
 * Whether applying `desired` would change `live`. Every field that we set has to be there with our value; what the API
 * server defaults, and what others add beside ours, is theirs. Lists and maps are compared as server-side apply treats
 * them: some are merged by a key, the others belong to whoever sets them, whole. What we no longer set cannot be seen
 * here: it changes the object's spec hash, which can.
 */
export function differs(desired: KubeObject, live: KubeObject): boolean {
  // Items of a list carry neither apiVersion nor kind.
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = desired;
  return !covers(fields, live, []);
}

/** Field names from the root of the object; items of lists add none. */
type Path = readonly string[];
type Fields = Readonly<Record<string, unknown>>;

/** The fields by which server-side apply tells the items of a list apart; lists that are not here are atomic. */
const mergeKeys: Readonly<Record<string, (item: Fields) => unknown>> = {
  containers: (item) => item['name'],
  env: (item) => item['name'],
  imagePullSecrets: (item) => item['name'],
  initContainers: (item) => item['name'],
  ownerReferences: (item) => item['uid'],
  ports: (item) => `${item['port'] ?? item['containerPort']}/${item['protocol'] ?? 'TCP'}`,
  volumeMounts: (item) => item['mountPath'],
  volumes: (item) => item['name'],
};
/** Maps that are atomic: one key more, and they mean something else. */
const atomicMaps = new Set(['selector', 'matchLabels', 'roleRef', 'nodeSelector']);
/** Fields that the API server does not store when they are false. */
const omittedWhenFalse = new Set(['publishNotReadyAddresses']);

function covers(desired: unknown, live: unknown, path: Path): boolean {
  if (desired === undefined) return true;
  if (Array.isArray(desired)) return coversList(desired, live ?? [], path);
  if (isMap(desired)) return coversMap(desired, live ?? {}, path);
  if (desired === false && live === undefined) return omittedWhenFalse.has(path.at(-1) ?? '');
  return desired === live || (holdsQuantity(path) && sameQuantity(desired, live));
}

function coversMap(desired: Fields, live: unknown, path: Path): boolean {
  if (!isMap(live)) return false;
  const keys = Object.keys(desired).filter((key) => desired[key] !== undefined);
  if (atomicMaps.has(path.at(-1) ?? '') && keys.length !== Object.keys(live).length) return false;
  return keys.every((key) => covers(desired[key], live[key], [...path, key]));
}

function coversList(desired: readonly unknown[], live: unknown, path: Path): boolean {
  if (!Array.isArray(live)) return false;
  const field = path.at(-1) ?? '';
  const keyOf = Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
  if (keyOf === undefined) {
    return desired.length === live.length && desired.every((item, index) => covers(item, live[index], path));
  }
  return desired.every((item) => {
    const counterpart = live.find((one) => isMap(one) && isMap(item) && keyOf(one) === keyOf(item));
    return counterpart !== undefined && covers(item, counterpart, path);
  });
}

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the API server may write the same amount in other words: 1Gi for 1024Mi. */
const holdsQuantity = (path: Path): boolean =>
  path.at(-2) === 'requests' || path.at(-2) === 'limits' || path.at(-1) === 'sizeLimit';
