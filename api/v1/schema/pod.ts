import * as z from 'zod/mini';
import { listOf, optional, passedOnByName, rare, textMap } from './pieces.ts';

/** Labels and annotations that a user adds to objects of ours. */
export const addedMetadata = rare(() =>
  z.object({
    labels: optional(textMap, 'Labels added to ours. Those of redis.io/ and app.kubernetes.io/ are ours.'),
    annotations: optional(
      textMap,
      'Annotations added to ours. Those of redis.io/ and app.kubernetes.io/ are ours.',
    ),
  }),
);

const podFragment = () =>
  z.object({
    containers: optional(
      listOf(passedOnByName),
      'Sidecars. The entry named redis may add env and volumeMounts to the container of that name.',
    ),
    initContainers: optional(listOf(passedOnByName), 'Init containers, run after ours.'),
    volumes: optional(listOf(passedOnByName), 'Volumes for them.'),
    imagePullSecrets: optional(listOf(passedOnByName, 16), 'Secrets that images are pulled with.'),
    priorityClassName: optional(z.string().check(z.maxLength(253)), 'The PriorityClass of the pods.'),
  });

export const podTemplate = rare(() =>
  z.object({
    metadata: optional(addedMetadata, 'Labels and annotations added to every pod.'),
    spec: optional(rare(podFragment), 'Added to the spec of every pod.'),
  }),
);
