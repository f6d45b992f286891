import { explore } from '../../internal/simulation/model/explore.ts';
import { type Mutant, mutants } from '../../internal/simulation/model/mutants.ts';
import {
  handingOver,
  oneFaultOfTwo,
  type Scope,
  succeeded,
  twoFaultsOfThree,
} from '../../internal/simulation/model/scope.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { between } from '../../internal/time/units.ts';

/**
 * Explores the protocol of failover state by state: node test/model/run.ts [STATES]
 * or tells how the lack of one guard breaks it: node test/model/run.ts tell WORDS OF ITS NAME
 */
const [what = '1000000', ...words] = process.argv.slice(2);
/** Twice as many as the largest mutant needs. */
const mutantStates = 650_000;

if (what === 'tell')
  for (const mutant of mutants.filter(({ name }) => name.includes(words.join(' ')))) tell(mutant);
else {
  look('one fault, two instances, all states', oneFaultOfTwo, Number.POSITIVE_INFINITY);
  look('two faults, three instances, nearest first', twoFaultsOfThree, Number(what));
  look('hand-overs, two faults, two instances, nearest first', handingOver, Number(what));
  look('a successor that is not recorded yet, two faults, nearest first', succeeded, Number(what));
  for (const [scope, alike] of Map.groupBy(mutants, (mutant) => JSON.stringify(mutant.scope)))
    look('the same with every guard', JSON.parse(scope) as Scope, Math.max(...alike.map(check)));
}

function look(name: string, scope: Scope, most: number): void {
  const began = systemClock.monotonic();
  const { states, transitions, depth, whole, broken } = explore(scope, undefined, most);
  const took = (between(began, systemClock.monotonic()) / 1000).toFixed(1);
  const extent = whole ? 'all' : 'cut off';
  console.log(`${name}: ${states} states (${extent}), ${transitions} transitions, depth ${depth}, ${took} s`);
  console.log(broken === undefined ? '✓ no violation' : `✗ ${broken.rule}\n  ${broken.steps.join('\n  ')}`);
  if (broken !== undefined) process.exitCode = 1;
}

/** Returns how many states were met until the rule was broken. */
function check({ name, scope, guards, breaks }: Mutant): number {
  const { broken, states } = explore(scope, guards, mutantStates);
  const isCaught = broken?.rule.startsWith(`${breaks}: `) === true;
  console.log(`${isCaught ? '✓' : '✗'} ${name}: ${broken?.rule ?? 'nothing is broken'} (${states} states)`);
  if (!isCaught) process.exitCode = 1;
  return states;
}

function tell({ name, scope, guards }: Mutant): void {
  const { broken } = explore(scope, guards, mutantStates);
  console.log(`\n${name}:\n  ${broken?.steps.join('\n  ') ?? ''}\n${broken?.rule ?? 'nothing is broken'}`);
}
