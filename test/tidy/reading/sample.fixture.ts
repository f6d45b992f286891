import { type Repository, repositoryOf } from './repository.ts';

/** A repository that holds only these texts, by path. */
export const sample = (texts: Readonly<Record<string, string>>): Repository =>
  repositoryOf(Object.entries(texts).map(([path, text]) => ({ path, text })));
