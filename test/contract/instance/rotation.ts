import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { Redis } from 'ioredis';
import type { SecretPace } from '../../../internal/cmd/manager/instance/assemble.ts';
import { milliseconds, seconds } from '../../../internal/time/units.ts';
import { type Running, until, untilReport } from './running.ts';
import type { World } from './world.ts';

/** The file is looked at at once, and a former password is taken for longer than any test takes, unless one says otherwise. */
export const paceWith = (grace = seconds(600)): SecretPace => ({ every: milliseconds(30), grace });

/** Whether its redis-server lets in somebody who comes with this password. */
export async function takes(one: Pick<Running, 'client'>, password: string): Promise<boolean> {
  const client = one.client(password);
  try {
    return (await client.ping()) === 'PONG';
  } catch (failure) {
    assert.match(String(failure), /WRONGPASS|NOAUTH/);
    return false;
  } finally {
    client.disconnect();
  }
}

export const untilTaken = (one: Pick<Running, 'client'>, password: string): Promise<true> =>
  until('the password is taken', async () => ((await takes(one, password)) ? true : undefined));

export const untilRefused = (one: Pick<Running, 'client'>, password: string): Promise<true> =>
  until('the password is refused', async () => ((await takes(one, password)) ? undefined : true));

export const inSync = (one: Running) =>
  untilReport(one, 'is in sync', ({ upstream }) => upstream?.linkUp === true && upstream.inSync);

/** A pod of that number that is made anew: its volume stays, and what was in memory is gone. */
export async function madeAnew(world: World, ordinal: number, password: string): Promise<Running> {
  const { runFolder } = await world.premises.layout(ordinal);
  await rm(runFolder, { recursive: true });
  await world.premises.project(ordinal, password);
  return await world.start(ordinal);
}

/** Cuts the links of all its replicas; resolves once this one has another, over which a write has come. */
export async function relinked(
  primary: Running,
  replica: Running,
  passwords: readonly string[],
): Promise<void> {
  const [mine = '', theirs = mine] = passwords;
  const [there, here] = [primary.client(mine), replica.client(theirs)];
  await there.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await untilStreams(there, here);
}

/** Resolves once what is written to the one is read from the other. */
export async function untilStreams(there: Redis, here: Redis): Promise<void> {
  const value = String(Math.random());
  await there.set('streamed', value);
  await until('it streams', async () => ((await here.get('streamed')) === value ? true : undefined));
}

/** None of them is in what it has logged. */
export function tellsNone(
  { log }: { readonly log: readonly string[] | string },
  passwords: readonly string[],
) {
  const told = typeof log === 'string' ? log : log.join('\n');
  for (const password of passwords) assert.ok(!told.includes(password), 'a password was told');
}
