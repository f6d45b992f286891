import type { TestCluster } from '../cluster.ts';
import { eventually } from '../wait.ts';

/** Deletes a pod, and resolves once another of its name has taken its place and the cluster is healthy. */
export async function remake(cluster: TestCluster, pod: string): Promise<void> {
  const uidOf = async (): Promise<string | undefined> =>
    (await cluster.pods()).find(({ metadata }) => metadata.name === pod)?.metadata.uid;
  const old = await uidOf();
  await cluster.deletePod(pod);
  await eventually(
    `${pod} is another pod`,
    async () => {
      const now = await uidOf();
      return now !== undefined && now !== old ? true : undefined;
    },
    60,
  );
  await cluster.healthy(90);
}
