import * as z from 'zod/mini';
import { bounds, objectName, text } from './pieces.ts';

export const Phase = {
  Creating: 'Creating',
  Healthy: 'Healthy',
  Degraded: 'Degraded',
  FailingOver: 'FailingOver',
  SwitchingOver: 'SwitchingOver',
  Updating: 'Updating',
  Scaling: 'Scaling',
  WaitingForUser: 'WaitingForUser',
  Hibernating: 'Hibernating',
  Restoring: 'Restoring',
  Blocked: 'Blocked',
  Deleting: 'Deleting',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

const count = (description: string) => z.int().check(z.gte(0), z.describe(description));
const bytes = (description: string) => z.int().check(z.describe(description));
const time = (description: string) => z.string().check(z.maxLength(64), z.describe(description));

/** Who is primary: the one record that decides it. The operator alone writes it, and before it has any effect. */
export const tenureSchema = z.object({
  term: z.exactOptional(z.int().check(z.gte(1), z.describe('Grows with each appointment.'))),
  targetPrimary: z.exactOptional(objectName('The pod that is appointed.')),
  currentPrimary: z.exactOptional(
    objectName('The pod that has confirmed that it takes writes in this term.'),
  ),
  primaryFencedSince: z.exactOptional(time('Since when the primary may take no writes.')),
  primarySince: z.exactOptional(time('When the current primary confirmed.')),
});

const instance = z.object({
  role: z.string().check(z.maxLength(32), z.describe('primary, replica, fenced, none or unknown.')),
  connected: z.boolean().check(z.describe('Whether its manager answers the operator.')),
  inSync: z
    .boolean()
    .check(z.describe('Whether it is proved to have all that the primary had when its link came up.')),
  replicationOffset: z.exactOptional(bytes('Bytes of the replication stream.')),
  replicaLagBytes: z.exactOptional(bytes('Bytes behind the primary.')),
  masterLinkStatus: z.exactOptional(z.enum(['up', 'down']).check(z.describe('The link to the primary.'))),
  version: z.exactOptional(text('The engine and its version.')),
  lastSeenAt: z.exactOptional(time('When it last answered.')),
  ip: z.exactOptional(
    z.string().check(z.maxLength(64), z.describe("The pod's address, by which the others find it.")),
  ),
  podUID: z.exactOptional(text("The pod's UID.")),
});

const condition = z.object({
  type: z.string().check(z.maxLength(316), z.describe('What the condition is about.')),
  status: z.enum(['True', 'False', 'Unknown']).check(z.describe('Whether it holds.')),
  reason: z.string().check(z.maxLength(1024), z.describe('Why, in one word.')),
  message: z.string().check(z.maxLength(bounds.message), z.describe('Why, in words.')),
  observedGeneration: z.exactOptional(count('The generation of the spec that was looked at.')),
  lastTransitionTime: time('When the status last changed.'),
});

const pendingChange = z.object({
  field: z.string().check(z.maxLength(bounds.text), z.describe('The field that was changed.')),
  reason: z.string().check(z.maxLength(bounds.text), z.describe('What the change waits for.')),
});

const names = (description: string) =>
  z.array(z.string().check(z.maxLength(bounds.name))).check(z.maxLength(256), z.describe(description));

/** status of a RedisCluster. All but the tenure is output: it is never read back. */
export const statusSchema = z.object({
  observedGeneration: z.exactOptional(count('The generation of the spec that this status is about.')),
  phase: z.exactOptional(z.enum(Object.values(Phase)).check(z.describe('Where the cluster is in its life.'))),
  ...tenureSchema.shape,
  instances: z.exactOptional(count('Pods that exist.')),
  readyInstances: z.exactOptional(count('Pods that are ready.')),
  instancesStatus: z.exactOptional(
    z
      .record(z.string(), instance)
      .check(z.meta({ description: 'What each instance says, by pod.', maxProperties: 256 })),
  ),
  healthyPVC: z.exactOptional(names('Instances whose volume claim is bound.')),
  danglingPVC: z.exactOptional(names('Volume claims that no wanted instance uses.')),
  image: z.exactOptional(text('The image of pods that are made now.')),
  selector: z.exactOptional(text('Finds the pods, for the scale subresource.')),
  pendingChanges: z.exactOptional(
    z
      .array(pendingChange)
      .check(z.maxLength(256), z.describe('Changes of the spec that have no effect yet.')),
  ),
  conditions: z.exactOptional(
    z.array(condition).check(
      z.maxLength(64),
      z.meta({
        description: 'What holds and what does not.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
    ),
  ),
});
