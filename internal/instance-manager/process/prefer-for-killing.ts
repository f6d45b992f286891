import { writeFile } from 'node:fs/promises';

/** When memory runs out, it is this one that ends, and not the data set. Raising this needs no privilege. */
export const preferForKilling = async (pid: number): Promise<void> => {
  await writeFile(`/proc/${pid}/oom_score_adj`, '1000').catch(() => undefined);
};
