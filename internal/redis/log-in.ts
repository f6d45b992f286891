import { OperatorError } from '../errors.ts';
import type { RedisConnection } from './connection.ts';

/**
 * Tries one password after the other: a server that has been given another one lately takes one of them. Resolves to the one
 * it took; undefined where none was to be tried. Rejects with a RedisError when it took none of them.
 */
export async function logIn(
  connection: RedisConnection,
  [password, ...others]: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (password === undefined) return undefined;
  try {
    await connection.send(['AUTH', password], signal);
    return password;
  } catch (failure) {
    if (others.length === 0 || !isWrong(failure)) throw failure;
    return await logIn(connection, others, signal);
  }
}

/** The server says that this is not the password, and would hear another one. */
const isWrong = (failure: unknown): boolean =>
  failure instanceof OperatorError &&
  failure.details.code === 'refused' &&
  replyIn(failure.details) === 'WRONGPASS';

const replyIn = (details: object): unknown => (details as { readonly reply?: unknown }).reply;
