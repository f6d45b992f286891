import { execFileSync, spawnSync } from 'node:child_process';

/** Installs what is missing of `packages` where that is possible, and says what to install where it is not. */
export function requirePackages(packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).error !== undefined) {
    throw new Error(`these Debian packages, or what is in them, are needed: ${missing.join(' ')}`);
  }
  console.log(`installing ${missing.join(' ')}`);
  const run = (...args: string[]): void => {
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  run('update', '-qq');
  run('install', '-y', '-qq', '--no-install-recommends', ...missing);
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills this in, not JavaScript.
const statusFormat = '${Status}';

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['-W', '--showformat', statusFormat, name], {
    encoding: 'utf8',
  });
  return stdout?.startsWith('install ok installed') ?? false;
}
