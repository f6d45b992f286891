/** What lies in the file of the password's Secret. */
export type PasswordReading =
  | { readonly kind: 'found'; readonly password: string }
  /** Why nothing in it can be used; without any of it. */
  | { readonly kind: 'unusable'; readonly because: string }
  /** There is no such file: a pod that was made when the spec named another Secret has not mounted this one. */
  | { readonly kind: 'absent'; readonly because: string };

/** Redis refuses words longer than 16 KiB from whoever has not logged in: nobody could any more. */
const longest = 4096;

/** Without the line break that editors leave at the end. */
export function readPassword(bytes: Uint8Array): PasswordReading {
  if (bytes.byteLength > longest) return unusable(`it is longer than ${longest} bytes`);
  const text = textIn(bytes)?.trim();
  if (text === undefined) return unusable('it is not text');
  if (text === '') return unusable('it is empty');
  // The settings of Redis end there, and what it compares with does not.
  return text.includes('\0') ? unusable('it holds a zero byte') : { kind: 'found', password: text };
}

export const unusable = (because: string): PasswordReading => ({ kind: 'unusable', because });

function textIn(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
