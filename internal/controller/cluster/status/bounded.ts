/**
 * Words of somebody else as the schema of the status takes them. What the API server refused can be told at any length; one beyond
 * the schema's bound would be refused itself. Half a character at the cut would come back as another one, and the status
 * would be written for ever (I10).
 */
export const bounded = (words: string): string => words.slice(0, 1024).toWellFormed();
