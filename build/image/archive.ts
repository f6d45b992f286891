import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fileChunks, type Layer, layerChunks } from './layer.ts';
import { firstTarFile, tarEnd, tarHeader, tarPadding } from './tar.ts';

export interface ImageSpec {
  readonly name: string;
  readonly architecture: 'amd64' | 'arm64';
  readonly layers: readonly Layer[];
  readonly entrypoint: readonly string[];
  readonly compression: 'none' | 'gzip';
  readonly user?: string;
  readonly workingFolder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What an archive says of itself: the image's name and the digest of its manifest. */
export interface ImageIdentity {
  readonly name: string;
  readonly digest: string;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}
interface LayerBlob extends Blob {
  /** The digest of the layer before compression. */
  readonly diffId: string;
  readonly file: string;
}

const mediaTypes = {
  config: 'application/vnd.oci.image.config.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** Writes an OCI image archive. Equal contents give an equal file; layers are streamed, never held in memory. */
export async function writeImage(spec: ImageSpec, output: string): Promise<ImageIdentity> {
  mkdirSync(dirname(output), { recursive: true });
  const workFolder = mkdtempSync(`${output}.`);
  try {
    const layers: LayerBlob[] = [];
    for (const [index, layer] of spec.layers.entries()) {
      layers.push(await writeLayer(layer, spec.compression, join(workFolder, String(index))));
    }
    const config = jsonBlob(describeConfig(spec, layers));
    const manifest = jsonBlob(describeManifest(spec, config, layers));
    const archive = join(workFolder, 'archive');
    await pipeline(
      Readable.from(archiveChunks(spec, { config, manifest, layers })),
      createWriteStream(archive),
    );
    renameSync(archive, output);
    return { name: spec.name, digest: manifest.digest };
  } finally {
    rmSync(workFolder, { recursive: true });
  }
}

/** Reads the name and the digest of an archive that `writeImage` made, without reading the rest of it. */
export function identifyImage(archive: string): ImageIdentity {
  const start = Buffer.alloc(8192);
  const file = openSync(archive, 'r');
  readSync(file, start);
  closeSync(file);
  const { path, content } = firstTarFile(start);
  if (path !== 'index.json') throw new Error(`${archive} is not an image archive made by this project`);
  const index: ReturnType<typeof describeIndex> = JSON.parse(content.toString());
  const [manifest] = index.manifests;
  return { name: manifest.annotations['io.containerd.image.name'], digest: manifest.digest };
}

async function writeLayer(
  layer: Layer,
  compression: ImageSpec['compression'],
  file: string,
): Promise<LayerBlob> {
  const before = createHash('sha256');
  const after = createHash('sha256');
  const packing = compression === 'gzip' ? createGzip() : new PassThrough();
  await pipeline(layerChunks(layer), hashing(before), packing, hashing(after), createWriteStream(file));
  const diffId = `sha256:${before.digest('hex')}`;
  return { file, diffId, digest: `sha256:${after.digest('hex')}`, size: statSync(file).size };
}

/** Passes everything on, and counts it into the hash. */
function hashing(hash: Hash): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* pass(chunks) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

type JsonBlob = Blob & { readonly content: Buffer };

function jsonBlob(value: object): JsonBlob {
  const content = Buffer.from(JSON.stringify(value));
  return {
    content,
    size: content.length,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  };
}

function describeConfig(spec: ImageSpec, layers: readonly LayerBlob[]): object {
  return {
    architecture: spec.architecture,
    os: 'linux',
    config: {
      Entrypoint: spec.entrypoint,
      User: spec.user,
      WorkingDir: spec.workingFolder,
      Env: Object.entries(spec.environment ?? {}).map(([name, value]) => `${name}=${value}`),
      Labels: spec.labels,
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
}

function describeManifest(spec: ImageSpec, config: Blob, layers: readonly LayerBlob[]): object {
  const suffix = spec.compression === 'gzip' ? '+gzip' : '';
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer + suffix, digest, size })),
  };
}

function describeIndex(spec: ImageSpec, manifest: Blob) {
  const entry = {
    mediaType: mediaTypes.manifest,
    digest: manifest.digest,
    size: manifest.size,
    platform: { architecture: spec.architecture, os: 'linux' },
    annotations: { 'io.containerd.image.name': spec.name },
  };
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] as const };
}

interface Contents {
  readonly config: JsonBlob;
  readonly manifest: JsonBlob;
  readonly layers: readonly LayerBlob[];
}

/** The index comes first, so that an archive can be identified by its first bytes. */
async function* archiveChunks(spec: ImageSpec, contents: Contents): AsyncGenerator<Buffer> {
  yield* smallFile('index.json', Buffer.from(JSON.stringify(describeIndex(spec, contents.manifest))));
  yield* smallFile('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  yield* smallFile(blobPath(contents.manifest), contents.manifest.content);
  yield* smallFile(blobPath(contents.config), contents.config.content);
  for (const layer of contents.layers) {
    yield fileHeader(blobPath(layer), layer.size);
    yield* fileChunks(layer.file, layer.size);
    yield tarPadding(layer.size);
  }
  yield tarEnd;
}

const blobPath = (blob: Blob): string => `blobs/${blob.digest.replace(':', '/')}`;

const fileHeader = (path: string, size: number): Buffer =>
  tarHeader({ kind: 'file', path, mode: 0o644, owner: 0, size });

function* smallFile(path: string, content: Buffer): Generator<Buffer> {
  yield fileHeader(path, content.length);
  yield content;
  yield tarPadding(content.length);
}
