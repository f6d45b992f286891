import type { ReceivedCommand } from './commands.ts';
import type { Tenure } from './tenure.ts';

/** The tenure that a command tells of. */
export function tenureIn(command: TellingCommand, self: string): Tenure {
  const { kind, term, run } = command;
  const primary = kind === 'follow' ? command.primary : self;
  return { term, primary, fenced: kind === 'fence', ...(run === undefined ? {} : { run }) };
}

type TellingCommand = ReceivedCommand & { readonly kind: 'promote' | 'follow' | 'fence' };
