import { instanceServerName, operatorClientName } from '../../../api/v1/names.ts';
import type { InstanceReport } from '../../control/protocol.ts';
import { createAuthority, issueInstance, issueOperatorClient } from '../../pki/authority.ts';
import { systemClock } from '../../time/system-clock.ts';
import { hours, type Instant } from '../../time/units.ts';
import { type ControlPorts, type ControlServer, serveControl } from './control.ts';

/** Test data: a cluster, one that is not it, and the certificates of the first. */
export const cluster = { name: 'orders', namespace: 'shop' };
export const neighbour = { name: 'orders2', namespace: 'shop' };
export const serverName = instanceServerName(cluster.name, cluster.namespace);
export const now = systemClock.now();
/** Whatever was issued then has expired. */
export const longAgo = (now - hours(24 * 365)) as Instant;
export const authority = await createAuthority(now);
export const leaf = await issueInstance(authority, cluster, now);
export const operator = await issueOperatorClient(authority, cluster, now);
export const certificates = { cert: leaf.certificate, key: leaf.key, ca: authority.certificate };

/** The control server of an instance of `cluster` on a port of its own; what `ports` leave out does nothing, and is refused. */
export function serve(report: () => InstanceReport, ports: Partial<ControlPorts>): Promise<ControlServer> {
  const refused = { kind: 'refused', why: 'the test does not expect it' } as const;
  const options = {
    endpoint: { address: '127.0.0.1', port: 0 },
    operatorName: operatorClientName(cluster.name, cluster.namespace),
    peerName: serverName,
  };
  return serveControl(options, certificates, {
    clock: systemClock,
    report,
    freshReport: () => Promise.resolve(report()),
    tenure: () => Promise.resolve({ pod: 'orders-0', term: 3, reading: { kind: 'unreachable' } }),
    obey: () => Promise.resolve(refused),
    answerGrants: () => () => refused,
    upgrade: () => Promise.resolve(refused),
    replace: () => undefined,
    subscribe: () => () => undefined,
    ...ports,
  });
}
