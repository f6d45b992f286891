import { after, before } from 'node:test';
import { engines } from '../cluster/engines/engines.ts';
import { dropNamespace, makeNamespace, newName, TestCluster } from './cluster.ts';

/** What meets everybody meets a cluster of each engine at once: those that are tested, or the one in ENGINE_IMAGE. */
export const images: readonly string[] =
  process.env['ENGINE_IMAGE'] === undefined
    ? engines.map(({ image }) => image)
    : [process.env['ENGINE_IMAGE']];

/** A cluster of each engine in one namespace. */
const clustersIn = (namespace: string): readonly TestCluster[] =>
  images.map((image, index) => new TestCluster(namespace, `shop-${index}`, image));

export type Everybody = ReturnType<typeof everybody>;

/** Three instances of each engine for the tests of this suite, in a namespace of their own that goes with them. */
export function everybody(purpose: string) {
  const namespace = newName(purpose);
  const clusters = clustersIn(namespace);
  const all = <Result>(use: (cluster: TestCluster) => Promise<Result>): Promise<readonly Result[]> =>
    Promise.all(clusters.map(use));
  before(async () => {
    await makeNamespace(namespace);
    await all((cluster) => cluster.apply({ instances: 3 }));
    await all((cluster) => cluster.healthy(120));
  });
  after(() => dropNamespace(namespace));
  const termsNow = (): Promise<readonly unknown[]> => all(async (cluster) => (await cluster.status()).term);
  return { namespace, clusters, all, termsNow };
}
