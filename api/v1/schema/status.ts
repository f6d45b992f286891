import * as z from 'zod/mini';
import { Phase } from '../phase.ts';
import { bounds, count, flag, listOf, mapOf, objectName, optional, required, text } from './pieces.ts';
import { tenureSchema } from './tenure.ts';
import { time } from './time.ts';

/** Room for the pods of the largest cluster, and for some that are on their way out. */
const podsAtMost = 128;

const divergentData = z.object({
  kept: required(flag, 'Whether it was saved before it was replaced.'),
  message: required(z.string().check(z.maxLength(bounds.message)), 'What it was, and where it is.'),
});

const instance = z.object({
  role: required(text, 'What it says of itself: primary, replica, fenced, none; or unknown.'),
  connected: required(flag, 'Whether its manager answers the operator.'),
  inSync: required(flag, 'Whether it is proved to have all that the primary had when its link came up.'),
  replicationOffset: optional(count, 'How far it is in the replication stream, in bytes.'),
  replicaLagBytes: optional(count, 'How far it is behind the primary, in bytes.'),
  masterLinkStatus: optional(z.enum(['up', 'down']), 'Whether its link to the primary is up.'),
  version: optional(text, 'The engine and its version, such as redis 7.2.4.'),
  lastSeenAt: optional(time, 'When it last answered, as of the last change of this status.'),
  configReloadedAt: optional(time, 'When changed settings were last set in its running Redis.'),
  passwordTakenAt: optional(time, 'When its Redis was last given another password than before.'),
  ip: optional(text, "The pod's address: the other instances find it by this."),
  fenced: optional(flag, 'Whether the user has fenced it by redis.io/fencedInstances.'),
  divergentData: optional(
    divergentData,
    'What became of data that this instance alone had when it was made to follow another, the last time.',
  ),
  podUID: optional(text, "The pod's UID: a pod that was made anew has another."),
});

const condition = z.object({
  type: required(z.string().check(z.minLength(1), z.maxLength(316)), 'What the condition is about.'),
  status: required(z.enum(['True', 'False', 'Unknown']), 'Whether it holds.'),
  reason: required(text, 'Why, in one word.'),
  message: required(z.string().check(z.maxLength(bounds.message)), 'Why, in words.'),
  observedGeneration: optional(count, 'The generation of the object that was looked at.'),
  lastTransitionTime: required(time, 'When the status last changed.'),
});

const pendingChange = z.object({
  field: required(text, 'The field that was changed.'),
  reason: required(z.string().check(z.maxLength(bounds.message)), 'What its effect waits for.'),
});

const outdatedPod = z.object({
  pod: required(objectName, 'The pod.'),
  reason: required(text, 'Why, in one word.'),
  because: required(text, 'Why, in words.'),
});

const lastFailover = z.object({
  at: required(time, 'When the successor was appointed.'),
  from: required(objectName, 'The pod that was primary.'),
  to: required(objectName, 'The pod that was appointed.'),
  because: required(text, 'The evidence against the old primary.'),
  lostBytesUpperBound: optional(
    count,
    'No more of the replication stream than this can have been lost, in bytes. Absent: it is not known.',
  ),
  lostBytesBecause: optional(text, 'How that is known, or why it is not.'),
});

const rollingUpdate = z.object({
  because: required(text, 'Why the first of the outdated pods is, or was, to be made anew.'),
  outdated: required(listOf(outdatedPod, podsAtMost), 'The pods that are to be made anew yet.'),
});

const lastSwitchover = z.object({
  at: required(time, 'When the successor was appointed, or the switchover was refused.'),
  from: required(objectName, 'The pod that was primary.'),
  to: optional(text, 'The pod that was to take over.'),
  because: required(text, 'Why it was asked for.'),
  term: optional(count, 'The term of the successor. Absent: there is none.'),
  refused: optional(text, 'Why the primary went on. Absent: the successor was appointed.'),
});

const podNames = listOf(objectName, podsAtMost);

const conditions = listOf(condition, 32);
z.globalRegistry.add(conditions, {
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
});

/** status of a RedisCluster. All but the tenure is output: it is never read back. */
export const statusSchema = z.object({
  observedGeneration: optional(count, 'The generation of the object that this status is about.'),
  phase: optional(z.enum(Phase), 'Where the cluster is in its life.'),
  ...tenureSchema.shape,
  instances: optional(count, 'How many pods there are.'),
  readyInstances: optional(count, 'How many of them are ready.'),
  instancesStatus: optional(mapOf(instance, podsAtMost), 'What each instance says of itself, by pod.'),
  healthyPVC: optional(podNames, 'Instances whose volume claim is bound.'),
  danglingPVC: optional(podNames, 'Volume claims that no instance uses.'),
  image: optional(text, 'The image of pods that are made now.'),
  selector: optional(text, 'What finds the pods, for the scale subresource.'),
  pendingChanges: optional(
    listOf(pendingChange, podsAtMost),
    'Changes of the spec that have no effect yet, and what they wait for.',
  ),
  rollingUpdate: optional(rollingUpdate, 'Pods are being made anew, one after the other. Absent: none is.'),
  lastFailover: optional(lastFailover, 'The last time a primary was replaced without being asked.'),
  switchoverAnswered: optional(
    text,
    'The value of redis.io/switchover-to that was carried out or refused, for as long as the annotation has it.',
  ),
  lastSwitchover: optional(lastSwitchover, 'The last time that the primary was to hand over in order.'),
  conditions: optional(conditions, 'What holds, what does not, and why.'),
});
