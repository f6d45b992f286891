import { minutes } from '../time/units.ts';

/**
 * How long redis-server goes on taking a password that was replaced, beside the new one. Must exceed the time in which all
 * nodes' kubelets have brought the new one to all instances, and each has looked: a kubelet looks at a pod's volumes every 60
 * to 90 s, at a Secret that it may hold in a cache for 60 s, and an instance looks every 10 s. Clients have the rest of it.
 */
export const formerPasswordGrace = minutes(5);
