import * as z from 'zod/mini';

/** Bounds that keep an object small enough for CEL rules to be checked at every write. */
export const bounds = { name: 253, text: 4096, message: 32_768, entries: 128 } as const;

export const text = (description: string) =>
  z.string().check(z.maxLength(bounds.text), z.describe(description));
export const objectName = (description: string) =>
  z.string().check(z.minLength(1), z.maxLength(bounds.name), z.describe(description));

/** A Kubernetes quantity: `1Gi`, `500m`, or a whole number; text from here on. */
export const quantity = (description: string) =>
  z.pipe(
    z
      .union([z.string().check(z.maxLength(64)), z.int()])
      .check(z.meta({ description, 'x-kubernetes-int-or-string': true })),
    z.transform(String),
  );

/** An object of Kubernetes' own that is passed on as it is: the API server checks it when it comes to the pod. */
export const passedOn = (description: string) =>
  z.looseObject({}).check(z.meta({ description, 'x-kubernetes-preserve-unknown-fields': true }));

export const secretRef = (description: string) =>
  z
    .object({ name: objectName('The name of a Secret in the same namespace.') })
    .check(z.describe(description));

export const textMap = (description: string) =>
  z
    .record(z.string(), z.string().check(z.maxLength(bounds.text)))
    .check(z.meta({ description, maxProperties: bounds.entries }));
