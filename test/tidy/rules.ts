import type { Rule } from './reading/repository.ts';
import { specIsTheUsers } from './rules/access.ts';
import { noDeadExports, noDeadFiles } from './rules/dead.ts';
import {
  dependenciesArePinned,
  dependenciesAreUsed,
  dependenciesHaveReasons,
  importsAreDeclared,
} from './rules/dependencies.ts';
import { documentsNameWhatIs, foldersAreOnTheMap } from './rules/documents.ts';
import { faultsHaveTests } from './rules/faults.ts';
import {
  everyTestAsserts,
  noRegistryIsNamed,
  noTestIsSkipped,
  nothingIsFlushed,
  typesAreNotSilenced,
} from './rules/forbidden.ts';
import { citedInvariantsAre, invariantsAreCited } from './rules/invariants.ts';
import { foldersAreNamed, layersHold, nobodyImportsMain } from './rules/layers.ts';
import { instancesAreLean, packagesStayHome } from './rules/packages.ts';
import { pureCodeIsPure } from './rules/purity.ts';
import { filesAreShort, mostFilesAreSmall } from './rules/sizes.ts';
import { surroundingsAreHanded } from './rules/surroundings.ts';

/** All rules, by what they claim. Each is shown to fail by a sample beside it. */
export const rules: Readonly<Record<string, Rule>> = {
  'each layer imports only what lies below it': layersHold,
  'nobody imports what runs the program': nobodyImportsMain,
  'every folder has a name that says something': foldersAreNamed,
  'pure code touches nothing': pureCodeIsPure,
  'clocks, timers, chance and the process are ports': surroundingsAreHanded,
  'every package is imported in one place': packagesStayHome,
  'an instance loads nothing heavy': instancesAreLean,
  'every file is part of the program': noDeadFiles,
  'every exported name is used by another file': noDeadExports,
  'no file is long': filesAreShort,
  'most files are small': mostFilesAreSmall,
  'documents name only what is there': documentsNameWhatIs,
  'every folder with code is on the map': foldersAreOnTheMap,
  'every invariant that is cited is written down': citedInvariantsAre,
  'every invariant that is written down is cited': invariantsAreCited,
  'every fault in the table is caused by a test of that name': faultsHaveTests,
  'no code can empty a data set (I11)': nothingIsFlushed,
  'the spec is the user’s: the operator may not write it (I12)': specIsTheUsers,
  'no registry is named': noRegistryIsNamed,
  'the compiler is not silenced': typesAreNotSilenced,
  'no test is skipped': noTestIsSkipped,
  'every file of tests asserts something': everyTestAsserts,
  'dependencies are pinned': dependenciesArePinned,
  'dependencies are used': dependenciesAreUsed,
  'dependencies are declared for what they are': importsAreDeclared,
  'dependencies have reasons': dependenciesHaveReasons,
};
