import { invariant } from '../../errors.ts';

/** What Node cannot ask the kernel for itself. */
export interface Libc {
  /** Collects a child by its pid; undefined when it has not ended, or is no child of ours. */
  collect(pid: number): WaitStatus | undefined;
  /** Whether what this descriptor stands for lives on when the process is replaced by another program (execve). */
  keepAcrossExec(fd: number, kept: 'kept' | 'closed'): void;
}

/** How a process ended, as the kernel packs it: the signal in the lowest seven bits, or the exit code eight bits up. */
export type WaitStatus = number;

interface ForeignFunctions {
  dlopen(
    library: string | null,
    functions: Readonly<Record<string, { readonly arguments: readonly string[]; readonly return: string }>>,
  ): { readonly functions: Readonly<Record<string, (...args: readonly unknown[]) => unknown>> };
}

/** waitpid's flag to return at once. */
const noHang = 1;
/** fcntl's command that sets a descriptor's flags, of which there is one. */
const setFlags = 2;
const closeOnExec = 1;

/** Throws where foreign functions cannot be called: orphans then stay zombies, which costs a pid each. */
export function loadLibc(): Libc {
  // Neither `import` nor `require` finds builtins of this kind from a script that was compiled from an asset.
  const ffi = process.getBuiltinModule('node:ffi' as string) as ForeignFunctions | undefined;
  invariant(ffi !== undefined, 'this Node calls foreign functions');
  const library = ffi.dlopen('libc.so.6', {
    waitpid: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
    // Variadic in C; both of our processors pass whole numbers the same way all the same.
    fcntl: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  });
  const { waitpid, fcntl } = library.functions;
  invariant(waitpid !== undefined && fcntl !== undefined, 'the C library has waitpid and fcntl');
  return {
    collect: (pid) => {
      const status = Buffer.alloc(4);
      return Number(waitpid(pid, status, noHang)) === pid ? status.readInt32LE() : undefined;
    },
    keepAcrossExec: (fd, kept) => {
      const done = Number(fcntl(fd, setFlags, kept === 'kept' ? 0 : closeOnExec));
      if (done !== 0) throw new Error(`the flags of descriptor ${fd} cannot be set`);
    },
  };
}
