/** Words of somebody else as the schema of the status takes them: no longer, and no half of a character at the cut. */
export const bounded = (words: string): string => words.slice(0, 1024).toWellFormed();
