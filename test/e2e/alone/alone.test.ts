import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { getJson } from '../kubectl.ts';
import { withoutOperatorAtAll } from './absence.ts';
import { withoutOperatorAndApiServer } from './api-server.ts';
import { everybody, images } from './everybody.ts';
import { onNodesThatGo } from './nodes.ts';
import { behindProxies } from './proxies.ts';
import { withOperatorComingAndGoing } from './scenarios.ts';
import { withAnotherVersion } from './upgrade.ts';

/** What meets nodes, the operator or the API server meets every cluster there is: nothing else runs beside these tests. */
describe(`what meets every cluster, with ${images.join(' and ')}`, () => {
  const everyone = everybody('e2e-alone');
  let volumes: unknown;
  before(async () => {
    volumes = await volumesIn(everyone.namespace);
  });
  withAnotherVersion(everyone);
  behindProxies(everyone);
  onNodesThatGo(everyone);
  withoutOperatorAndApiServer(everyone);
  withOperatorComingAndGoing(everyone);
  withoutOperatorAtAll(everyone);

  test('after all that every cluster is whole, on the volumes that it began with', async () => {
    await everyone.all((cluster) => cluster.healthy(60));
    await everyone.all((cluster) => cluster.agreed(30));
    assert.deepEqual(await volumesIn(everyone.namespace), volumes);
  });
});

/** Which volume each claim is bound to, by name. */
async function volumesIn(namespace: string): Promise<Readonly<Record<string, string>>> {
  const { items } = await getJson<ClaimList>('pvc', '-n', namespace);
  return Object.fromEntries(items.map(({ metadata, spec }) => [metadata.name, spec.volumeName]));
}

interface ClaimList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly volumeName: string };
  }[];
}
