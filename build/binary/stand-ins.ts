import type { Plugin } from 'esbuild';

/**
 * What pino asks for when it is loaded, and does not need as it is used here: standard output, written by one thread.
 * Without its compiler Node takes 10 ms of an instance's start for these three (measured), and its manager is missed for as long
 * when it is replaced in place.
 */
const contents: Readonly<Record<string, string>> = {
  assert: 'module.exports = (holds, words) => { if (!holds) throw new Error(words); };',
  worker_threads: 'exports.isMainThread = true;',
  'thread-stream':
    'module.exports = class { constructor() { throw new Error("there are no threads to log in"); } };',
};

export const standIns: Plugin = {
  name: 'stand-ins',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(${Object.keys(contents).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'stand-in' }));
    onLoad({ filter, namespace: 'stand-in' }, ({ path }) => ({
      contents: contents[path] ?? '',
      loader: 'js',
    }));
  },
};
