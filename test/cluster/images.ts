import { type ImageIdentity, identifyImage } from '../../build/image/archive.ts';
import { findProgram } from './binaries.ts';
import { containerdSocket, type NodePlan } from './plan.ts';
import { run } from './run.ts';

/** Where kubelets' images live in containerd. */
const containerdNamespace = 'k8s.io';

/** Copies images into every node that has not got them yet. Kubelets use them with imagePullPolicy IfNotPresent. */
export async function importImages(
  nodes: readonly NodePlan[],
  archives: readonly string[],
  folders: readonly string[],
): Promise<void> {
  const images = archives.map((archive) => ({ archive, identity: identifyImage(archive) }));
  const ctr = findProgram('ctr', folders);
  await Promise.all(
    nodes.map(async (node) => {
      const client = [ctr, '--address', containerdSocket(node), '--namespace', containerdNamespace];
      const present = await run([...client, 'images', 'list']);
      for (const { archive, identity } of images) {
        if (!isListed(identity, present)) await run([...client, 'images', 'import', '--local', archive]);
      }
    }),
  );
}

/** The list has a line for each image: its name, its type and its digest come first. */
function isListed(image: ImageIdentity, list: string): boolean {
  const lines = list.split('\n').map((line) => line.split(/\s+/));
  return lines.some(([name, , digest]) => name === image.name && digest === image.digest);
}
