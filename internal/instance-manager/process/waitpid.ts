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

/** libc's waitpid; undefined where foreign functions cannot be called: orphans then stay zombies, which costs a pid each. */
export async function loadWaitPid(): Promise<WaitPid | undefined> {
  try {
    const ffi = (await import('node:ffi' as string)) as ForeignFunctions;
    const library = ffi.dlopen('libc.so.6', {
      waitpid: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
    });
    const waitpid = library.functions['waitpid'];
    return waitpid === undefined ? undefined : (pid) => Number(waitpid(pid, 0n, noHang));
  } catch {
    return undefined;
  }
}
