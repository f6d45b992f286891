import { seconds } from '../time/units.ts';
import { heal } from './faults.ts';
import { play, type Theme } from './story.ts';
import * as themes from './themes.ts';
import type { World } from './world.ts';

/** A story worth reading: what goes wrong is written down, all else is left to one seed. */
export interface Tale {
  readonly name: string;
  readonly theme: Theme;
}

const calm = {
  instances: 3,
  operators: 1,
  minSyncReplicas: 0,
  persistence: 'aof',
  storage: 'pvc',
  victims: 'anybody',
  faults: [],
} as const;

const tale = (name: string, lasts: number, script: (world: World) => void): Tale => ({
  name,
  theme: { plan: { ...calm, faultsFor: seconds(lasts) }, script },
});

const primaryOf = (world: World) => world.redises.find(({ follows }) => follows === undefined);

export const tales: readonly Tale[] = [
  tale('nothing goes wrong', 5, () => undefined),
  tale('the redis-server of the primary is killed', 5, (world) => primaryOf(world)?.stop('killed')),
  tale('the node of the primary loses its power', 9, (world) => {
    const node = primaryOf(world)?.parts.process.node ?? '';
    world.tell(`${node} loses its power`);
    world.network.vanish(node);
    world.kubelets.losePower(node);
  }),
  tale('the operator is away', 9, (world) => {
    world.tell('operator-0 is killed');
    world.endOperator('operator-0', seconds(8));
  }),
  tale('the API server is away', 9, (world) => {
    world.tell('the API server is away');
    world.apiIsDown = true;
  }),
  tale('operator and API server are away', 9, (world) => {
    world.tell('operator and API server are away');
    world.apiIsDown = true;
    world.endOperator('operator-0', seconds(8));
  }),
  tale('the operator alone has lost sight of the primary', 9, (world) => {
    const node = primaryOf(world)?.parts.process.node ?? '';
    world.tell(`operator-0-node and ${node} are cut off from each other`);
    world.network.cut('operator-0-node', node);
    world.network.cut(node, 'operator-0-node');
  }),
  tale('the pod of the primary is deleted', 5, (world) => {
    const name = primaryOf(world)?.parts.pod ?? '';
    world.deletePod(name, 30);
  }),
  tale('a cut that heals before the primary is replaced', 6, (world) => {
    themes.isolated.script?.(world);
    world.scheduler.after(seconds(1.5), () => heal(world));
  }),
  { name: 'the leader of two operators is cut off, and the primary with it', theme: themes.deposed },
  { name: 'the operator alone does not see who is to be fenced', theme: themes.blind },
  { name: 'the only message of a fenced primary', theme: themes.flapping },
  { name: 'the primary is cut off from everybody but clients', theme: themes.isolated },
  { name: 'the redis-server of the primary hangs, and it is cut off', theme: themes.hangs },
  { name: 'grants arrive seconds late', theme: themes.heldUp },
  { name: 'the object of a primary that is cut off is deleted by force', theme: themes.orphaned },
];

/** Steps of no interest to whoever reads. */
const dull = /: (createPod|createClaim|labelRole|the tick failed|leading)/;

/** The story in lines, each with its second. */
export async function narrate({ theme }: Tale): Promise<string> {
  const story = await play(1, {}, theme);
  const lines = story.told
    .filter(({ text }) => !dull.test(text))
    .map(({ at, text }) => `${(at / 1000).toFixed(3).padStart(8)}  ${text}`);
  return [...lines, `          ${story.broken?.message ?? 'all is well'}`, ''].join('\n');
}
