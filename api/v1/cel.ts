/** Small pieces of CEL, the language of the API server's rules. */

export const celText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
export const celList = (texts: readonly string[]): string => `[${texts.map(celText).join(', ')}]`;

/** A value of text, shortened as in our own messages. */
export const celShortened = (text: string): string =>
  `(${text}.size() > 64 ? ${text}.substring(0, 64) + '…' : ${text})`;

/**
 * A message with values in the places of `{}`. The API server reckons the cost of format, and not that of string() and
 * +, to be bounded.
 */
export const celMessage = (message: string, ...values: readonly string[]): string =>
  `${celText(message.replaceAll('%', '%%').replaceAll('{}', '%s'))}.format([${values.join(', ')}])`;

/** A quantity of a field, which can be a whole number too. */
export const celQuantity = (field: string): string => `quantity(string(${field}))`;

/** A comparison of two fields. What is no quantity is the business of another rule: then this one holds. */
export const celCompare = (one: string, comparison: '<=' | '>=', other: string): string =>
  `(!isQuantity(string(${one})) || !isQuantity(string(${other})) || ` +
  `${celQuantity(one)}.compareTo(${celQuantity(other)}) ${comparison} 0)`;
