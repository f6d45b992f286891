import { OperatorError } from '../../internal/errors.ts';
import { findProgram } from './binaries.ts';
import { networkPluginFolder } from './node.ts';
import { step } from './progress.ts';
import { run, succeeds } from './run.ts';

/** What the nodes need from the machine, and the Debian package that has it. */
const packageOfProgram = {
  conntrack: 'conntrack',
  ip: 'iproute2',
  iptables: 'iptables',
  mount: 'mount',
  nsenter: 'util-linux',
  runc: 'runc',
  sysctl: 'procps',
} as const;

/** Installs what is missing, or throws PackagesMissing with the sentence that says what to install. */
export async function installMissingPackages(folders: readonly string[]): Promise<void> {
  const missing = [...missingPackages(folders), ...(await missingForWheels())];
  if (missing.length > 0) await installPackages(missing);
}

function missingPackages(folders: readonly string[]): readonly string[] {
  const programs = Object.entries(packageOfProgram).filter(([program]) => !isInstalled(program, folders));
  const plugins = networkPluginFolder() === undefined ? ['containernetworking-plugins'] : [];
  return [...programs.map(([, name]) => name), ...plugins];
}

async function missingForWheels(): Promise<readonly string[]> {
  const usable = await canRun(['python3', '-m', 'pip', '--version']);
  return usable ? [] : ['python3-pip'];
}

async function installPackages(names: readonly string[]): Promise<void> {
  const command = `apt-get install ${names.join(' ')}`;
  if (process.getuid?.() !== 0 || !(await canRun(['apt-get', '--version']))) {
    throw new OperatorError({ code: 'PackagesMissing' }, `the test cluster needs these packages: ${command}`);
  }
  const flags = ['install', '--yes', '-qq', '--no-install-recommends'];
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await step(command, async () => {
    if (await succeeds(['apt-get', ...flags, ...names], { environment })) return;
    await run(['apt-get', 'update', '-qq']); // The lists may be missing or old.
    await run(['apt-get', ...flags, ...names], { environment });
  });
}

function isInstalled(program: string, folders: readonly string[]): boolean {
  try {
    findProgram(program, folders);
    return true;
  } catch {
    return false;
  }
}

async function canRun(command: readonly string[]): Promise<boolean> {
  try {
    await run(command);
    return true;
  } catch {
    return false;
  }
}
