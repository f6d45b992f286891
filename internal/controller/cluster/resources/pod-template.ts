import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { Container as ContainerName } from '../../../../api/v1/names.ts';
import type { PodTemplate } from '../../../../api/v1/redis-cluster.ts';
import type { Pod } from '../../../kube/resources.ts';
import { containerSecurityContext } from './pod-security.ts';
import {
  environmentProblem,
  metadataKeyProblem,
  mountProblem,
  type Rule,
  redisContainerProblem,
  sidecarProblem,
  volumeProblem,
} from './pod-template-rules.ts';
import { isShaped } from './pod-template-shape.ts';
import { present } from './present.ts';

type Fragment = NonNullable<PodTemplate['spec']>;
type Labels = Readonly<Record<string, string>>;

/**
 * Adds what a user's template may add to one of our pods: labels, annotations, image pull secrets, a priority class,
 * volumes, sidecars, and environment and mounts for the container `redis`. Nothing that we set is ever changed: a part
 * that breaks a rule is left out, and podTemplateProblems names it, so that it is refused before it comes to this.
 */
export function mergePodTemplate(pod: Pod, template: PodTemplate | undefined): Pod {
  if (template === undefined) return pod;
  const { metadata = {}, spec = {} } = template;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...allowedKeys(metadata.labels), ...pod.metadata.labels },
      annotations: { ...allowedKeys(metadata.annotations), ...pod.metadata.annotations },
    },
    spec: mergeSpec(pod.spec ?? { containers: [] }, spec),
  };
}

/** Every part of a template that cannot be carried out, with its path and the reason, in the order of the fields. */
export function podTemplateProblems(template: PodTemplate | undefined): readonly string[] {
  const { metadata = {}, spec = {} } = template ?? {};
  const redis = spec.containers?.filter(isRedis);
  const readable = redis?.filter(isShaped);
  return [
    ...problems('metadata.labels', Object.keys(metadata.labels ?? {}), metadataKeyProblem),
    ...problems('metadata.annotations', Object.keys(metadata.annotations ?? {}), metadataKeyProblem),
    ...problems('spec.volumes', spec.volumes, volumeProblem),
    ...problems('spec.containers', redis, redisContainerProblem),
    ...problems(
      'spec.containers[redis].env',
      readable?.flatMap((one) => one.env ?? []),
      environmentProblem,
    ),
    ...problems(
      'spec.containers[redis].volumeMounts',
      readable?.flatMap((one) => one.volumeMounts ?? []),
      mountProblem,
    ),
    ...problems(
      'spec.containers',
      spec.containers?.filter((one) => !isRedis(one)),
      sidecarProblem,
    ),
    ...problems('spec.initContainers', spec.initContainers, sidecarProblem),
  ];
}

const isRedis = (container: Container): boolean => container.name === ContainerName.redis;

function mergeSpec(ours: PodSpec, theirs: Fragment): PodSpec {
  const sidecars = theirs.containers?.filter((one) => !isRedis(one));
  return {
    ...present<Pick<PodSpec, 'imagePullSecrets' | 'priorityClassName'>>({
      imagePullSecrets: theirs.imagePullSecrets,
      priorityClassName: theirs.priorityClassName,
    }),
    ...ours,
    initContainers: [...(ours.initContainers ?? []), ...hardened(theirs.initContainers)],
    containers: [...ours.containers.map((one) => extend(one, theirs.containers)), ...hardened(sidecars)],
    volumes: [...(ours.volumes ?? []), ...allowed(theirs.volumes, volumeProblem)],
  };
}

/** Our own environment and mounts come first; the template's follow. */
function extend(container: Container, templates: readonly Container[] | undefined): Container {
  const additions = (templates ?? []).filter((one) => one.name === container.name && isShaped(one));
  const env = additions.flatMap((one) => allowed(one.env, environmentProblem));
  const mounts = additions.flatMap((one) => allowed(one.volumeMounts, mountProblem));
  return {
    ...container,
    ...(env.length === 0 ? {} : { env: [...(container.env ?? []), ...env] }),
    ...(mounts.length === 0 ? {} : { volumeMounts: [...(container.volumeMounts ?? []), ...mounts] }),
  };
}

/** The restricted level asks each container to say these two itself; the rest it inherits from the pod. */
const hardened = (containers: readonly Container[] | undefined): Container[] =>
  allowed(containers, sidecarProblem).map((container) => {
    const { allowPrivilegeEscalation, capabilities } = containerSecurityContext;
    const theirs = container.securityContext;
    return {
      ...container,
      securityContext: {
        ...theirs,
        allowPrivilegeEscalation,
        capabilities: { ...theirs?.capabilities, ...capabilities },
      },
    };
  });

const allowed = <Part>(parts: readonly Part[] | undefined, problem: Rule<Part>): Part[] =>
  (parts ?? []).filter((part) => problem(part) === undefined);

const allowedKeys = (map: Labels | undefined): Labels =>
  Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => metadataKeyProblem(key) === undefined));

function problems<Part extends string | { readonly name: string }>(
  path: string,
  parts: readonly Part[] | undefined,
  rule: Rule<Part>,
): readonly string[] {
  return (parts ?? []).flatMap((part) => {
    const problem = rule(part);
    const name = typeof part === 'string' ? part : part.name;
    return problem === undefined ? [] : [`podTemplate.${path}: ${name} ${problem}`];
  });
}
