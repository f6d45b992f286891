import { hash } from 'node:crypto';

/**
 * What every disk writes as a whole or not at all, in bytes: a text of this length that is written over another leaves the
 * old or the new one. Should a disk do otherwise the sum tells.
 */
export const sectorLength = 512;

/** One line of text as a sector. Throws when it is too long. */
export function sealed(line: string): string {
  const text = `${sumOf(line)} ${line}`;
  if (Buffer.byteLength(text) >= sectorLength) throw new RangeError(`${line} does not fit into a sector`);
  return `${text}${' '.repeat(sectorLength - Buffer.byteLength(text) - 1)}\n`;
}

/** The line in a sector; undefined when it is none, or not whole. */
export function unsealed(text: string): string | undefined {
  const line = text.slice(sumLength + 1).trimEnd();
  return text === sealed(line) ? line : undefined;
}

const sumLength = 16;
const sumOf = (line: string): string => hash('sha256', line).slice(0, sumLength);
