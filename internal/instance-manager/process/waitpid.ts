import { invariant } from '../../errors.ts';

/** Collects one zombie by its pid; the pid that was collected, or 0 or less when there was nothing to collect. */
export type WaitPid = (pid: number) => number;

interface ForeignFunctions {
  dlopen(
    library: string | null,
    functions: Readonly<Record<string, { readonly arguments: readonly string[]; readonly return: string }>>,
  ): { readonly functions: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> };
}

/** waitpid's flag to return at once. */
const noHang = 1;

/** libc's waitpid. Throws where foreign functions cannot be called: orphans then stay zombies, which costs a pid each. */
export function loadWaitPid(): WaitPid {
  // Neither `import` nor `require` finds builtins of this kind from a script that was compiled from an asset.
  const ffi = process.getBuiltinModule('node:ffi' as string) as ForeignFunctions | undefined;
  invariant(ffi !== undefined, 'this Node calls foreign functions');
  const library = ffi.dlopen('libc.so.6', {
    waitpid: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
  });
  const waitpid = library.functions['waitpid'];
  invariant(waitpid !== undefined, 'the C library has waitpid');
  return (pid) => Number(waitpid(pid, 0n, noHang));
}
