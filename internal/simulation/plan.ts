import type { Chance } from './chance.ts';
import type { Persistence } from './redis/volume.ts';

/** What a story is about, before anything happens. */
export interface Plan {
  readonly seed: number;
  readonly instances: number;
  readonly operators: number;
  readonly minSyncReplicas: number;
  readonly persistence: Persistence;
  readonly storage: 'pvc' | 'emptyDir';
  /** When the first fault may happen, in milliseconds: most clusters are up by then, and some are not. */
  readonly faultsFrom: number;
  /** How long faults go on, in milliseconds; the world then heals. */
  readonly faultsFor: number;
  /** Whom faults hit: whoever it may be, or only the primary, so that there is always somebody with all it had. */
  readonly victims: 'anybody' | 'the primary';
  /** Which faults may happen. */
  readonly faults: readonly FaultKind[];
}

export const faultKinds = [
  'crash redis',
  'crash instance',
  'freeze redis',
  'freeze instance',
  'lose node',
  'cut node',
  'cut one way',
  'isolate primary',
  'slow link',
  'crash operator',
  'operator dies after an effect',
  'freeze operator',
  'cut operator',
  'api outage',
  'watch gap',
  'delete pod',
  'force delete pod',
  'freeze node',
  'suspend node',
  'set clock',
  'leak through cuts',
  'fence by user',
  'garble fences',
  'garble tenure',
  'garble record',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Chooses a story: mostly three instances and one operator, a handful of kinds of faults. */
export function planOf(seed: number, chance: Chance): Plan {
  const persistence = chance.happens(0.7) ? 'aof' : chance.pick(['rdb', 'none'] as const);
  const victims = chance.happens(0.3) ? 'the primary' : 'anybody';
  return {
    seed,
    instances: chance.happens(0.7) ? 3 : 2,
    operators: chance.happens(0.25) ? 2 : 1,
    minSyncReplicas: chance.happens(0.3) ? 1 : 0,
    persistence,
    storage: persistence === 'none' && chance.happens(0.5) ? 'emptyDir' : 'pvc',
    faultsFrom: chance.happens(0.2) ? chance.between(300, 1_500) : chance.between(1_800, 2_600),
    faultsFor: chance.between(2_000, 8_000),
    victims,
    faults: (victims === 'anybody' ? faultKinds : faultsOfOne).filter(() => chance.happens(0.28)),
    ...(chance.happens(0.3) ? isolation(chance) : {}),
  };
}

/** A primary that clients reach, and hardly anybody else: what the write lease is for. */
const isolation = (chance: Chance): Partial<Plan> => ({
  victims: 'anybody',
  faultsFor: chance.between(6_000, 11_000),
  faults: [
    'isolate primary',
    ...(
      [
        'freeze operator',
        'cut operator',
        'slow link',
        'api outage',
        'freeze redis',
        'isolate primary',
        'leak through cuts',
        'suspend node',
        'set clock',
      ] as const
    ).filter(() => chance.happens(0.4)),
  ],
});

/** A process or a node that ends or stands still, an API server that is away: none of them says anything wrong. */
export const endsAndStandstills: readonly FaultKind[] = [
  'crash redis',
  'crash instance',
  'freeze redis',
  'freeze instance',
  'lose node',
  'crash operator',
  'operator dies after an effect',
  'freeze operator',
  'api outage',
  'watch gap',
];

/** Faults that touch one instance, or none: whatever touches a link may keep a second one from being heard. */
const faultsOfOne: readonly FaultKind[] = [...endsAndStandstills, 'freeze node', 'set clock'];
