import { createReadStream, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TarEntry, tarEnd, tarHeader, tarPadding } from './tar.ts';

/** What a file in an image gets instead of the default: owned by root, 0755 if executable or a folder, else 0644. */
export interface Attributes {
  readonly owner?: number;
  readonly mode?: number;
}

/** A folder whose contents become one layer of an image. */
export interface Layer {
  readonly root: string;
  /** Keyed by path in the image, without a leading slash. */
  readonly attributes?: Readonly<Record<string, Attributes>>;
}

/** The layer as the chunks of a tar file: sorted by path, without times or names of users. */
export async function* layerChunks(layer: Layer): AsyncGenerator<Buffer> {
  for (const path of pathsBelow(layer.root, '')) {
    const entry = describe(layer, path);
    yield tarHeader(entry);
    if (entry.kind !== 'file') continue;
    yield* fileChunks(join(layer.root, path), entry.size);
    yield tarPadding(entry.size);
  }
  yield tarEnd;
}

/** A file's bytes, in pieces. Throws when it does not have the size that its header was written with. */
export async function* fileChunks(path: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 20 });
  for await (const chunk of stream) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== size) throw new Error(`${path} changed while it was read`);
}

function* pathsBelow(root: string, folder: string): Generator<string> {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* pathsBelow(root, path);
  }
}

function describe(layer: Layer, path: string): TarEntry {
  const stat = lstatSync(join(layer.root, path));
  if (stat.isSymbolicLink()) return { kind: 'link', path, target: readlinkSync(join(layer.root, path)) };
  const { owner = 0, mode } = layer.attributes?.[path] ?? {};
  if (stat.isDirectory()) return { kind: 'folder', path, owner, mode: mode ?? 0o755 };
  if (!stat.isFile()) throw new Error(`${path} is neither a file, a folder nor a link`);
  const executable = (stat.mode & 0o100) !== 0;
  return { kind: 'file', path, owner, mode: mode ?? (executable ? 0o755 : 0o644), size: stat.size };
}
