import { Annotation, upgradeInPlace } from '../../../api/v1/names.ts';
import { redisClusters } from '../../kube/resources.ts';
import { Faults } from '../faults.ts';
import type { ResizeAnswer } from '../kubelet.ts';
import type { FaultKind, Plan } from '../plan.ts';
import type { Theme } from '../story.ts';
import { clusterKey, type World } from '../world.ts';

/** What the user asks for while things go wrong. */
type Wish = (world: World) => void;

const faults: readonly FaultKind[] = [
  'crash redis',
  'freeze redis',
  'freeze instance',
  'lose node',
  'cut operator',
  'crash operator',
  'operator dies after an effect',
  'freeze operator',
  'api outage',
  'watch gap',
  'delete pod',
];

const plan: Partial<Plan> = {
  instances: 3,
  operators: 1,
  minSyncReplicas: 1,
  persistence: 'aof',
  storage: 'pvc',
  victims: 'anybody',
  faultsFor: 15_000,
};

/** Some of the faults at random, and the wish somewhere among them. */
const amongFaults = (wish: Wish, kinds = faults, more: Partial<Plan> = {}): Theme => ({
  plan: { ...plan, ...more },
  script: (world) => {
    const { chance, scheduler } = world;
    const some = kinds.filter(() => chance.happens(0.3));
    new Faults(world, some).begin();
    scheduler.after(chance.between(0, 3_000), () => wish(world));
  },
});

/** All pods are made anew, and once more before that has ended. */
export const restarting: Theme = amongFaults(restartTwice);

/** The same of instances that keep nothing: what is in no memory is lost. Only the operator has trouble. */
export const forgetting: Theme = amongFaults(
  restartTwice,
  ['crash operator', 'operator dies after an effect', 'freeze operator', 'api outage', 'watch gap'],
  { persistence: 'none', storage: 'emptyDir', victims: 'the primary' },
);

function restartTwice(world: World): void {
  const ask = (when: string): void => {
    world.tell(`the user asks for a restart: ${when}`);
    change(world, { metadata: { annotations: { 'redis.io/restartedAt': when } } });
  };
  ask('first');
  world.scheduler.after(world.chance.between(2_000, 9_000), () => ask('second'));
}

/** Three become five, and soon three again. */
export const scaling: Theme = amongFaults((world) => {
  const scale = (instances: number): void => {
    world.tell(`the user wants ${instances} instances`);
    change(world, { spec: { instances } });
  };
  scale(5);
  world.scheduler.after(world.chance.between(2_000, 9_000), () => scale(3));
});

/** The cluster is put to sleep, and woken before or after it sleeps. */
export const sleeping: Theme = amongFaults((world) => {
  const hibernation = (value: string): void => {
    world.tell(`the user says: redis.io/hibernation=${value}`);
    change(world, { metadata: { annotations: { 'redis.io/hibernation': value } } });
  };
  hibernation('on');
  world.scheduler.after(world.chance.between(500, 11_000), () => hibernation('off'));
});

/** The managers are replaced in place, one after the other. */
export const upgrading: Theme = amongFaults((world) => {
  world.tell('the user says: redis.io/upgrade-managers=in-place');
  change(world, { metadata: { annotations: { [Annotation.upgradeManagers]: upgradeInPlace } } });
});

/**
 * Resources become others, and others again before that has ended: first with room for everything, then with too little for
 * what is written until then, then with much. What the kubelets answer is one of `answers`; no answer: nobody resizes pods.
 */
export const resizing = (answers: readonly ResizeAnswer[], kinds = faults): Theme =>
  amongFaults((world) => {
    world.kubelets.resizeAnswers = answers;
    world.server.resizesPods = answers.length > 0;
    const limit = (memory: string): void => {
      world.tell(`the user wants a limit of ${memory}`);
      change(world, {
        spec: { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory } } },
      });
    };
    limit('1Gi');
    world.scheduler.after(world.chance.between(4_000, 7_000), () => limit('64Mi'));
    world.scheduler.after(world.chance.between(9_000, 14_000), () => limit('2Gi'));
  }, kinds);

const change = (world: World, patch: object): void => {
  world.server.patch(redisClusters, clusterKey, patch);
};
