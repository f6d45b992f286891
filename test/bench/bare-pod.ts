import { engineImage } from '../e2e/cluster.ts';

/** redis-server of the same image, alone, with the settings that an instance of ours has: the baseline. */
export const barePod = (namespace: string, password: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bare', namespace },
  spec: {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'redis',
        image: engineImage,
        command: [
          'redis-server',
          '--requirepass',
          password,
          '--save',
          '',
          '--appendonly',
          'no',
          '--dir',
          '/tmp',
        ],
        readinessProbe: { tcpSocket: { port: 6379 } },
        resources: { requests: { cpu: '100m', memory: '128Mi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});
