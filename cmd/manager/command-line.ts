import { parseArgs } from 'node:util';
import type { ControllerOptions } from '../../internal/cmd/manager/controller/options.ts';
import type { InstanceOptions } from '../../internal/cmd/manager/instance/options.ts';
import { managerVersion } from '../../internal/version.ts';

export type Command =
  | { readonly kind: 'controller'; readonly options: ControllerOptions }
  | { readonly kind: 'instance'; readonly options: InstanceOptions }
  | { readonly kind: 'copyBinary'; readonly target: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'check' }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly problem: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the command line. What cannot be understood is refused with the flag, its value and what would be right. */
export function parseCommand(args: readonly string[], env: Environment): Command {
  const [name, ...rest] = args;
  const subcommand = name === undefined ? undefined : subcommands[name];
  if (name === undefined || name === 'help' || name === '--help') return { kind: 'help', text: usage };
  if (subcommand === undefined) {
    return refused(
      `${JSON.stringify(name)} is no subcommand: it is one of ${Object.keys(subcommands).join(', ')}`,
    );
  }
  try {
    return subcommand(rest, env);
  } catch (problem) {
    return refused(`${name}: ${problem instanceof Error ? problem.message : String(problem)}`);
  }
}

const refused = (problem: string): Command => ({ kind: 'refused', problem });

const subcommands: Readonly<Record<string, (args: string[], env: Environment) => Command>> = {
  controller: parseController,
  instance: parseInstance,
  'copy-binary': parseCopyBinary,
  version: () => ({ kind: 'version' }),
  check: () => ({ kind: 'check' }),
};

const controllerFlags = {
  'metrics-bind-address': { type: 'string', default: ':9090' },
  'health-bind-address': { type: 'string', default: ':8080' },
  'max-concurrent-reconciles': { type: 'string', default: '8' },
  'max-concurrent-rollouts': { type: 'string', default: '3' },
  'leader-elect': { type: 'boolean', default: true },
  'watch-namespaces': { type: 'string', default: '' },
  'instance-events': { type: 'boolean', default: true },
  'resize-in-place': { type: 'boolean', default: true },
  'log-level': { type: 'string', default: 'info' },
} as const;

function parseController(args: string[], env: Environment): Command {
  const { values } = parseArgs({ args, options: controllerFlags, allowNegative: true });
  const options: ControllerOptions = {
    metricsPort: port('--metrics-bind-address', values['metrics-bind-address']),
    healthPort: port('--health-bind-address', values['health-bind-address']),
    maxConcurrentReconciles: count('--max-concurrent-reconciles', values['max-concurrent-reconciles']),
    maxConcurrentRollouts: count('--max-concurrent-rollouts', values['max-concurrent-rollouts']),
    leaderElect: values['leader-elect'],
    watchNamespaces: values['watch-namespaces'].split(',').filter((one) => one !== ''),
    instanceEvents: values['instance-events'],
    resizesInPlace: values['resize-in-place'],
    logLevel: oneOf('--log-level', values['log-level'], ['debug', 'info', 'warn', 'error'] as const),
    namespace: env['POD_NAMESPACE'] ?? 'redis-operator-system',
    identity: required('POD_NAME', env['POD_NAME'] ?? env['HOSTNAME']),
    operatorImage: required('OPERATOR_IMAGE', env['OPERATOR_IMAGE']),
  };
  return { kind: 'controller', options };
}

const instanceFlags = {
  'cluster-name': { type: 'string' },
  'pod-name': { type: 'string' },
  'pod-namespace': { type: 'string' },
} as const;

function parseInstance(args: string[], env: Environment): Command {
  const { values } = parseArgs({ args, options: instanceFlags });
  const options: InstanceOptions = {
    clusterName: required('--cluster-name or CLUSTER_NAME', values['cluster-name'] ?? env['CLUSTER_NAME']),
    podName: required('--pod-name or POD_NAME', values['pod-name'] ?? env['POD_NAME']),
    podNamespace: required(
      '--pod-namespace or POD_NAMESPACE',
      values['pod-namespace'] ?? env['POD_NAMESPACE'],
    ),
    podUID: required('POD_UID', env['POD_UID']),
    podIP: required('POD_IP', env['POD_IP']),
    managerVersion,
  };
  return { kind: 'instance', options };
}

function parseCopyBinary(args: string[]): Command {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [target] = positionals;
  if (target === undefined || positionals.length > 1)
    throw new Error('it takes one argument: the folder to copy to');
  return { kind: 'copyBinary', target };
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new Error(`${name} is not set`);
  return value;
}

function port(flag: string, value: string): number {
  const number = Number(/^:(\d{1,5})$/.exec(value)?.[1]);
  if (number >= 1 && number <= 65_535) return number;
  throw new Error(`${flag} ${JSON.stringify(value)} is wrong: it must be a colon and a port, such as :9090`);
}

function count(flag: string, value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new Error(`${flag} ${JSON.stringify(value)} is wrong: it must be a whole number from 1 to 1000`);
}

function oneOf<Value extends string>(flag: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Error(`${flag} ${JSON.stringify(value)} is wrong: it must be one of ${allowed.join(', ')}`);
}

const usage = `manager: an operator for Redis and Valkey on Kubernetes

  manager controller    runs the operator
  manager instance      supervises redis-server, as PID 1 of an instance's pod
  manager copy-binary DIR   copies this binary and its libraries into DIR
  manager version       prints the version
  manager check         says on one line that an instance manager of this binary runs here

Flags of controller: ${Object.keys(controllerFlags)
  .map((flag) => `--${flag}`)
  .join(', ')}
Flags of instance: ${Object.keys(instanceFlags)
  .map((flag) => `--${flag}`)
  .join(', ')}
`;
