import type { Lease as RawLease } from 'kubernetes-types/coordination/v1.d.ts';
import type {
  PersistentVolumeClaim as RawClaim,
  Event as RawEvent,
  Node as RawNode,
  Pod as RawPod,
  Secret as RawSecret,
  Service as RawService,
  ServiceAccount as RawServiceAccount,
} from 'kubernetes-types/core/v1.d.ts';
import type { PodDisruptionBudget as RawBudget } from 'kubernetes-types/policy/v1.d.ts';
import type { Role as RawRole, RoleBinding as RawRoleBinding } from 'kubernetes-types/rbac/v1.d.ts';
import { group, version } from '../../api/v1/names.ts';
import type { KubeObject, Resource } from './objects.ts';

/** A kind as the API server gives it: always with a name. */
type Named<Raw> = Omit<Raw, 'metadata'> & KubeObject;

export type Pod = Named<RawPod>;
export type Node = Named<RawNode>;
export type PersistentVolumeClaim = Named<RawClaim>;
export type Service = Named<RawService>;
export type Secret = Named<RawSecret>;
export type ServiceAccount = Named<RawServiceAccount>;
export type Role = Named<RawRole>;
export type RoleBinding = Named<RawRoleBinding>;
export type PodDisruptionBudget = Named<RawBudget>;
export type Lease = Named<RawLease>;
export type Event = Named<RawEvent>;

const core = <Kind extends KubeObject>(kind: string, plural: string): Resource<Kind> => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const grouped = <Kind extends KubeObject>(
  apiGroup: string,
  kind: string,
  plural: string,
): Resource<Kind> => ({
  ...core<Kind>(kind, plural),
  group: apiGroup,
});

export const pods = core<Pod>('Pod', 'pods');
export const nodes: Resource<Node> = { ...core<Node>('Node', 'nodes'), namespaced: false };
export const persistentVolumeClaims = core<PersistentVolumeClaim>(
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
);
export const services = core<Service>('Service', 'services');
export const secrets = core<Secret>('Secret', 'secrets');
export const serviceAccounts = core<ServiceAccount>('ServiceAccount', 'serviceaccounts');
export const events = core<Event>('Event', 'events');
export const roles = grouped<Role>('rbac.authorization.k8s.io', 'Role', 'roles');
export const roleBindings = grouped<RoleBinding>('rbac.authorization.k8s.io', 'RoleBinding', 'rolebindings');
export const podDisruptionBudgets = grouped<PodDisruptionBudget>(
  'policy',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
);
export const leases = grouped<Lease>('coordination.k8s.io', 'Lease', 'leases');
/** As it is stored: nothing of it is believed before it is parsed. */
export type StoredCluster = KubeObject & { readonly spec?: unknown; readonly status?: unknown };
export const redisClusters: Resource<StoredCluster> = {
  group,
  version,
  plural: 'redisclusters',
  kind: 'RedisCluster',
  namespaced: true,
};
