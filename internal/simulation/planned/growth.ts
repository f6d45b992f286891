import { redisClusters } from '../../kube/resources.ts';
import { Faults } from '../faults.ts';
import type { Theme } from '../story.ts';
import { clusterKey, type World } from '../world.ts';

/** From the wish for a second instance until it would be in sync, in milliseconds. */
const joins = 5_000;

/**
 * A cluster of one becomes one of two. `unheard` is whom its primary does not hear when the user asks for that; once the
 * second would be in sync, nobody but clients reaches the first.
 */
export const growing = (unheard: readonly string[], more: Theme['plan'] = {}): Theme => ({
  plan: {
    instances: 1,
    operators: 1,
    minSyncReplicas: 0,
    persistence: 'aof',
    storage: 'pvc',
    victims: 'anybody',
    faults: [],
    faultsFor: joins + 8_000,
    ...more,
  },
  script: (world) => {
    const node = world.redises[0]?.parts.process.node ?? '';
    world.tell(`${node} hears nothing of ${unheard.join(' and ')}; the user wants 2 instances`);
    for (const other of unheard) cut(world, node, other);
    new Faults(world).begin();
    world.server.patch(redisClusters, clusterKey, { spec: { instances: 2 } });
    world.scheduler.after(joins, () => {
      world.tell(`${node} is cut off from everybody but clients`);
      for (const other of [...world.nodes, 'operator-0-node', 'control-plane']) cut(world, node, other);
    });
  },
});

function cut(world: World, node: string, other: string): void {
  if (other === node) return;
  world.network.cut(node, other);
  world.network.cut(other, node);
}
