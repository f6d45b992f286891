/** As many characters of what one error says as a line can do with. */
const longest = 600;

/** Why a test failed, on one line: what its error says, and in brackets what that came from. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return shortened(String(error));
  const causes = error instanceof AggregateError ? error.errors : [error.cause].filter(isThere);
  const came = causes.map(reasonOf).join('; ');
  // node:test wraps what a test threw.
  if ('failureType' in error && came !== '') return came;
  const said = shortened(error.message);
  return came === '' ? said : `${said} (${came})`;
}

const isThere = (cause: unknown): boolean => cause !== undefined;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
