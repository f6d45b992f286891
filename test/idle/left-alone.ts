import { TestCluster } from '../e2e/cluster.ts';
import { kubectl } from '../e2e/kubectl.ts';

const prefix = 'left-alone/';

/** The label by which a namespace says that this cluster in it is idle from now on. */
export const leftAlone = (cluster: string): string => `${prefix}${cluster}=yes`;

interface Namespaces {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly creationTimestamp: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
  }[];
}

/** All that are idle in the newest namespace that has any. */
export async function idleClusters(): Promise<readonly TestCluster[]> {
  const list = JSON.parse(await kubectl('get', 'namespaces', '-o', 'json')) as Namespaces;
  const [newest] = list.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, creationTimestamp, labels = {} } }) => ({
      name,
      creationTimestamp,
      clusters: Object.keys(labels).flatMap((label) =>
        label.startsWith(prefix) ? [label.slice(prefix.length)] : [],
      ),
    }))
    .filter(({ clusters }) => clusters.length > 0)
    .sort((a, b) => (a.creationTimestamp < b.creationTimestamp ? 1 : -1));
  return (newest?.clusters ?? []).map((cluster) => new TestCluster(newest?.name ?? '', cluster));
}
