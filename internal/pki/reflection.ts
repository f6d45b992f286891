/**
 * The three functions of the metadata-reflection proposal that @peculiar/x509's container calls while it is loaded;
 * without them its import throws. Call before that import. Does nothing when a full implementation is there already.
 */
export function provideReflection(): void {
  if ('getMetadata' in Reflect) return;
  Object.assign(Reflect, { defineMetadata, getMetadata: readMetadata, getOwnMetadata: readMetadata });
}

const metadata = new WeakMap<object, Map<string, unknown>>();

function defineMetadata(key: string, value: unknown, target: object): void {
  const entries = metadata.get(target) ?? new Map<string, unknown>();
  metadata.set(target, entries.set(key, value));
}

function readMetadata(key: string, target: object): unknown {
  return metadata.get(target)?.get(key);
}
