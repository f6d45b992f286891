import type {
  Container,
  EnvVar,
  LifecycleHandler,
  Probe,
  SecurityContext,
  Volume,
  VolumeMount,
} from 'kubernetes-types/core/v1.d.ts';
import { Container as ContainerName, Path } from '../../../../api/v1/names.ts';
import { ownEnvironment } from './pod-containers.ts';
import { shapeProblem } from './pod-template-shape.ts';
import { Volume as OwnVolume } from './pod-volumes.ts';

/** Says in words why a part of a template may not be there; undefined when it may. */
export type Rule<Part> = (part: Part) => string | undefined;

/** The first rule that objects speaks for all, and those after it may rely on what it has ruled out. */
const firstOf =
  <Part>(...rules: readonly Rule<Part>[]): Rule<Part> =>
  (part) =>
    rules.reduce<string | undefined>((problem, rule) => problem ?? rule(part), undefined);

const refuse =
  <Part>(problem: string, applies: (part: Part) => boolean): Rule<Part> =>
  (part) =>
    applies(part) ? problem : undefined;

/** Labels and annotations of these domains select, own or describe our pods. */
export const metadataKeyProblem: Rule<string> = refuse(
  'is set by the operator',
  (key) => key.startsWith('redis.io/') || key.startsWith('app.kubernetes.io/'),
);

/** What the restricted pod security level lets a volume come from. */
const volumeSources = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const ownVolumes: readonly string[] = Object.values(OwnVolume);

export const volumeProblem: Rule<Volume> = firstOf(
  refuse('has the name of a volume of ours', (volume) => ownVolumes.includes(volume.name)),
  refuse(`must come from one of ${volumeSources.join(', ')}`, (volume) =>
    Object.keys(volume).some((field) => field !== 'name' && !volumeSources.includes(field)),
  ),
);

export const environmentProblem: Rule<EnvVar> = refuse('is set by the operator', (variable) =>
  ownEnvironment.includes(variable.name),
);

const ownPaths: readonly string[] = [Path.data, Path.controller, Path.projected, Path.run];

/** A mount on, in or around one of our paths would hide what we put there. */
export const mountProblem: Rule<VolumeMount> = firstOf(
  refuse('mounts a volume of ours', (mount) => ownVolumes.includes(mount.name)),
  refuse(`covers one of ${ownPaths.join(', ')}`, (mount) =>
    ownPaths.some((path) => isWithin(mount.mountPath, path) || isWithin(path, mount.mountPath)),
  ),
);

const isWithin = (path: string, folder: string): boolean => segments(path).startsWith(segments(folder));
/** A path as it is meant: `/data//x/` and `/data/x` are the same; `..` leads anywhere, and so counts as the root. */
const segments = (path: string): string => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? '/' : `/${parts.map((part) => `${part}/`).join('')}`;
};

/** What of the template's container `redis` is not an addition. */
export const redisContainerProblem: Rule<Container> = firstOf(shapeProblem, (container) => {
  const extra = Object.keys(container).filter((field) => !additions.includes(field));
  return extra.length === 0 ? undefined : `may add env and volumeMounts only, not ${extra.join(', ')}`;
});
const additions: readonly string[] = ['name', 'env', 'volumeMounts'];

/** A sidecar may do what the restricted pod security level lets it do, and nothing that reaches out of the pod. */
export const sidecarProblem: Rule<Container> = firstOf(
  shapeProblem,
  refuse('has the name of a container of ours', ({ name }) => ownContainers.includes(name)),
  refuse('must not take a port of its node', ({ ports = [] }) =>
    ports.some((port) => port.hostPort !== undefined || port.hostIP !== undefined),
  ),
  refuse('must not probe another host', (container) => handlersOf(container).some(reachesOut)),
  ({ securityContext = {} }) => securityProblem(securityContext),
);
const ownContainers: readonly string[] = Object.values(ContainerName);

/** The fields in which a container could ask for more than restricted, in the order of that level's definition. */
const securityProblem: Rule<SecurityContext> = firstOf(
  refuse('must not be privileged', ({ privileged }) => privileged === true),
  refuse('must not escalate privileges', (context) => context.allowPrivilegeEscalation === true),
  refuse('must not run as root', (context) => context.runAsNonRoot === false || context.runAsUser === 0),
  refuse('must drop all capabilities and may add NET_BIND_SERVICE only', ({ capabilities = {} }) => {
    const { add = [], drop = ['ALL'] } = capabilities;
    return !drop.includes('ALL') || add.some((capability) => capability !== 'NET_BIND_SERVICE');
  }),
  refuse('must keep the seccomp profile RuntimeDefault or Localhost', ({ seccompProfile }) =>
    seccompProfile === undefined ? false : seccompProfile.type === 'Unconfined',
  ),
  refuse('must keep the AppArmor profile', ({ appArmorProfile }) => appArmorProfile?.type === 'Unconfined'),
  refuse('must not set seLinuxOptions, procMount or windowsOptions', (context) =>
    [context.seLinuxOptions, context.procMount, context.windowsOptions].some((field) => field !== undefined),
  ),
);

type Action = Pick<LifecycleHandler, 'httpGet' | 'tcpSocket'>;

const handlersOf = (container: Container): readonly (Probe | LifecycleHandler | undefined)[] => [
  container.livenessProbe,
  container.readinessProbe,
  container.startupProbe,
  container.lifecycle?.postStart,
  container.lifecycle?.preStop,
];

const reachesOut = (action: Action | undefined): boolean =>
  action?.httpGet?.host !== undefined || action?.tcpSocket?.host !== undefined;
