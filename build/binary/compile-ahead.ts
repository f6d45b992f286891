import { execFileSync } from 'node:child_process';

/** As an instance is run: V8 takes what it made under other flags for another's. What bounds the heap is none of them. */
const flags = ['--jitless'];

/**
 * Has V8 compile a bundle as an instance would, and keeps what comes of it: all that has been run when the bundle is loaded.
 * Only the very V8 that made it takes it; every other one compiles anew. Returns the path of what is kept.
 */
export function compileAhead(bundle: string): string {
  const kept = `${bundle}.code`;
  // Without its compiler Node does not run TypeScript.
  execFileSync(process.execPath, [...flags, '--eval', program, bundle, kept], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  return kept;
}

const program = `
  const { readFileSync, writeFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  const [bundle, kept] = process.argv.slice(1);
  const script = new Script(readFileSync(bundle, 'utf8'));
  const module = { exports: {} };
  script.runInThisContext()(module, module.exports, require);
  writeFileSync(kept, script.createCachedData());
`;
