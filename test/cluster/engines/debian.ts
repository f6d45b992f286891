import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../../../internal/errors.ts';
import { run } from '../run.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Packages to be had from one or more suites of Debian, whatever release this machine runs. */
export interface PackageSelection {
  readonly suites: readonly string[];
  readonly packages: readonly string[];
}

/**
 * Unpacks packages and all they depend on into a folder, without installing anything on this machine.
 * They come from the mirror that the machine is configured with, and are verified with Debian's keys.
 */
export async function unpackPackages(selection: PackageSelection, folder: string): Promise<void> {
  const workFolder = mkdtempSync(join(tmpdir(), 'packages-'));
  try {
    const options = await createAptRoot(selection.suites, workFolder);
    await run(['apt-get', ...options, 'update', '-qq']);
    const flags = ['install', '--download-only', '--yes', '-qq', '--no-install-recommends'];
    await run(['apt-get', ...options, ...flags, ...selection.packages]);
    const archives = join(workFolder, 'var/cache/apt/archives');
    for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
      await run(['dpkg-deb', '--extract', join(archives, file), folder]);
    }
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** A place where apt believes that nothing is installed yet. Returns the options that send it there. */
async function createAptRoot(suites: readonly string[], folder: string): Promise<readonly string[]> {
  for (const path of [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'var/lib/dpkg',
    'var/cache/apt/archives/partial',
  ]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  const mirror = await findMirror();
  const sources = suites.map((suite) => `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  writeFileSync(join(folder, 'etc/apt/sources.list'), sources.join(''));
  const status = join(folder, 'var/lib/dpkg/status');
  writeFileSync(status, '');
  const settings = [
    `Dir=${folder}`,
    `Dir::State::status=${status}`,
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ];
  return settings.flatMap((setting) => ['-o', setting]);
}

/** The site from which this machine gets its own release of Debian. */
async function findMirror(): Promise<string> {
  const release = (await run(['sh', '-c', '. /etc/os-release; echo "$ID $VERSION_CODENAME"'])).trim();
  const [distribution, codename] = release.split(' ');
  const targets = await run(['apt-get', 'indextargets', '--format', '$(RELEASE) $(SITE)']);
  const site = targets
    .split('\n')
    .find((line) => line.startsWith(`${codename} `))
    ?.split(' ')[1];
  if (distribution === 'debian' && site !== undefined) return site;
  throw new OperatorError(
    { code: 'NotDebian' },
    'the engines are made of Debian packages, and this is not Debian',
  );
}
