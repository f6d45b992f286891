/** Who an instance is, as its pod tells it. */
export interface InstanceOptions {
  readonly clusterName: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUID: string;
  readonly podIP: string;
  readonly managerVersion: string;
}
