/** What can be found out about a machine before anything is started on it. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly linux: boolean;
  readonly root: boolean;
  /** Programs of a cluster that were not found anywhere. */
  readonly missingPrograms: readonly string[];
  readonly kindUsable: boolean;
  readonly goInstalled: boolean;
}

/** Where the cluster comes from. */
export type Provider =
  | { readonly kind: 'current' }
  | { readonly kind: 'processes'; readonly build: readonly string[] }
  | { readonly kind: 'kind' }
  | { readonly kind: 'none'; readonly because: string };

/** The user's own cluster first, then what costs least to start. Never nothing without saying why. */
export function chooseProvider(machine: Machine): Provider {
  const { CLUSTER: wish, CLUSTER_FOLDER: inside, KUBECONFIG: kubeconfig } = machine.environment;
  // Inside test/cluster/enter KUBECONFIG is set too, but it leads to a cluster of our own making.
  if (wish === 'current' || (kubeconfig && !inside)) return { kind: 'current' };
  const complete = machine.missingPrograms.length === 0;
  if (machine.linux && machine.root && complete) return { kind: 'processes', build: [] };
  if (machine.kindUsable) return { kind: 'kind' };
  if (machine.linux && machine.root && machine.goInstalled) {
    return { kind: 'processes', build: machine.missingPrograms };
  }
  return { kind: 'none', because: adviseUser(machine) };
}

function adviseUser(machine: Machine): string {
  const advice = 'set KUBECONFIG to a cluster of yours, or install Docker and kind';
  if (!machine.linux) return `There is no cluster to test on: ${advice}.`;
  if (!machine.root)
    return `There is no cluster to test on: ${advice}, or run this as root, which starts one from plain processes.`;
  return `There is no cluster to test on: ${advice}, or install Go (1.26 or later), from which one is built.`;
}
