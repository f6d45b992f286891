/** What this build is; the build stamps both, a run from source says so. */
declare const __VERSION__: string | undefined;
declare const __COMMIT__: string | undefined;

/** It runs from the binary, not from source. */
export const isBuilt = typeof __VERSION__ === 'string';
export const managerVersion = typeof __VERSION__ === 'string' ? __VERSION__ : 'source';
export const managerCommit = typeof __COMMIT__ === 'string' ? __COMMIT__ : 'source';
