import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { requirePackages } from '../../../build/binary/debian.ts';
import { engineProgramFolder, engines } from '../../cluster/engines/engines.ts';
import { print, printTail } from '../figures.ts';
import type { Seen } from './inside.ts';

/**
 * How long an instance's manager answers nobody while it is replaced in place: the built binary with a real redis-server,
 * without a cluster. Another checkout whose binaries are built is measured in turns with this one.
 * Usage: node test/bench/replacement/measure.ts [--rounds N] [--beside CHECKOUT]
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, beside: { type: 'string' } },
});
const other = '9.9.9';
/** Of each round; the first is of a manager that the container began with. */
const replacements = 5;

requirePackages(['iproute2', 'procps', 'util-linux']);
const node = (...words: readonly string[]): string =>
  execFileSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
for (const version of [[], ['--version', other]]) node('build/binary.ts', ...version);
const [engine] = engines;
if (engine === undefined) throw new Error('there is no engine to measure with');
const engineRoot = join(dirname(await engineProgramFolder(engine)), 'root');

/** One pod, in a network of its own: in every one the ports are the same. */
function round(checkout: string): Seen {
  const roots = ['linux-amd64', `linux-amd64-${other}`].map((name) => join(checkout, 'dist/manager', name));
  const inside = join(import.meta.dirname, 'inside.ts');
  const words = [inside, engineRoot, String(replacements), other, ...roots];
  const printed = execFileSync('unshare', ['--net', process.execPath, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(printed) as Seen;
}

const checkouts = ['.', ...(values.beside === undefined ? [] : [values.beside])];
const rounds = Array.from({ length: Number(values.rounds) }, () => checkouts.map(round));
for (const [index, checkout] of checkouts.entries()) {
  const seen = rounds.flatMap((both) => both[index] ?? []);
  const gaps = seen.flatMap((one) => one.gaps);
  const tell = (what: string, part: (gap: Seen['gaps'][number]) => number, beside: string): void =>
    printTail(what, gaps.map(part), beside);
  console.log(`\nmanagers replaced in place, ${checkout === '.' ? 'here' : checkout}`);
  tell('until the old one ends', ({ left }) => left, 'from its answer to the upgrade');
  tell('until it answers a probe', ({ probe }) => probe, 'target: 100 ms');
  tell('until it answers on the control port', ({ control }) => control, 'target: 100 ms');
  tell('the binary as such: manager version', ({ bare }) => bare, 'what Node alone takes');
  print(
    'RSS',
    seen.map(({ memory }) => memory.rss),
    'MB',
    'target: 60 MB',
  );
  print(
    'private',
    seen.map(({ memory }) => memory.private),
    'MB',
    'target: 16 MB',
  );
}
