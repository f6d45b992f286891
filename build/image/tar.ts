/** One member of a tar file. Time stamps are always zero, so that equal contents give equal bytes. */
export type TarEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly owner: number;
      readonly size: number;
    }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number; readonly owner: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const block = 512;
const typeFlags = { file: '0', folder: '5', link: '2' } as const;

/**
 * The ustar header of an entry. `owner` is used as user and as group.
 * Throws when a path is too long for ustar (100 bytes, or 155 more in front of a slash).
 */
export function tarHeader(entry: TarEntry): Buffer {
  const header = Buffer.alloc(block);
  const { prefix, name } = splitPath(entry.kind === 'folder' ? `${entry.path}/` : entry.path);
  header.write(name, 0);
  header.write(octal(entry.kind === 'link' ? 0o777 : entry.mode, 8), 100);
  const owner = entry.kind === 'link' ? 0 : entry.owner;
  header.write(octal(owner, 8), 108);
  header.write(octal(owner, 8), 116);
  header.write(octal(entry.kind === 'file' ? entry.size : 0, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(typeFlags[entry.kind], 156);
  if (entry.kind === 'link') header.write(fitting(entry.target, 100), 157);
  header.write('ustar\u000000', 257);
  header.write(prefix, 345);
  header.write(checksum(header), 148);
  return header;
}

/** The zeros that fill a file's last block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** Two empty blocks end a tar file. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/** Reads the first member of a tar file; its header must be one that `tarHeader` wrote. */
export function firstTarFile(archive: Buffer): { readonly path: string; readonly content: Buffer } {
  const text = (from: number, to: number): string =>
    archive.toString('latin1', from, to).replace(/\0.*$/s, '');
  const size = Number.parseInt(text(124, 136), 8);
  return { path: text(0, 100), content: archive.subarray(block, block + size) };
}

/** The checksum counts its own field as spaces. */
function checksum(header: Buffer): string {
  const sum = header.reduce((total, byte) => total + byte, 0) + 8 * 0x20;
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path };
  const cut = path.indexOf('/', path.length - 101);
  return { prefix: fitting(path.slice(0, cut), 155), name: fitting(path.slice(cut + 1), 100) };
}

function fitting(text: string, limit: number): string {
  if (text === '' || Buffer.byteLength(text) > limit)
    throw new Error(`"${text}" does not fit in a tar header`);
  return text;
}
