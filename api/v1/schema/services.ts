import * as z from 'zod/mini';
import { flag, listOf, objectName, optional, rare, text } from './pieces.ts';
import { addedMetadata } from './pod.ts';

const policy = z.enum(['Cluster', 'Local']);

const service = rare(() =>
  z.object({
    metadata: optional(addedMetadata, 'Labels and annotations added to the Service.'),
    type: optional(z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']), 'How the Service is reached.'),
    loadBalancerClass: optional(objectName, 'Which load balancer implementation is to serve it.'),
    loadBalancerIP: optional(text, 'The address to ask the load balancer for, where it can be asked.'),
    loadBalancerSourceRanges: optional(listOf(text), 'Networks from which the load balancer is reached.'),
    allocateLoadBalancerNodePorts: optional(flag, 'Whether a load balancer gets ports of the nodes.'),
    externalTrafficPolicy: optional(policy, 'Whether traffic from outside may be sent on to other nodes.'),
    internalTrafficPolicy: optional(policy, 'Whether traffic from inside may be sent on to other nodes.'),
    ipFamilyPolicy: optional(
      z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']),
      'Whether it has addresses of one IP family or of both.',
    ),
    ipFamilies: optional(listOf(z.enum(['IPv4', 'IPv6']), 2), 'Which IP families, the most wanted first.'),
  }),
);

export const services = rare(() =>
  z.object({
    leader: optional(service, 'Added to <name>-leader, where writes go.'),
    replica: optional(service, 'Added to <name>-replica, where reads go that may be a moment behind.'),
    any: optional(service, 'Added to <name>-any: every ready instance.'),
  }),
);
