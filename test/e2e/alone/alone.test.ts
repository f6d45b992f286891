import { describe } from 'node:test';
import { withoutOperatorAtAll } from './absence.ts';
import { withoutOperatorAndApiServer } from './api-server.ts';
import { everybody, images } from './everybody.ts';
import { withOperatorComingAndGoing } from './scenarios.ts';
import { withAnotherVersion } from './upgrade.ts';

/** What takes the operator or the API server away meets every cluster there is: nothing else runs beside these tests. */
describe(`without the operator, with ${images.join(' and ')}`, () => {
  const everyone = everybody('e2e-alone');
  withoutOperatorAndApiServer(everyone);
  withoutOperatorAtAll(everyone);
  withOperatorComingAndGoing(everyone);
  withAnotherVersion(everyone);
});
