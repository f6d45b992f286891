import * as z from 'zod/mini';

const texts = z.exactOptional(z.record(z.string(), z.string()));
const text = z.exactOptional(z.string());

/** metadata, as far as we read it. The API server has checked it. */
export const metaSchema = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: text,
  generation: z.exactOptional(z.int()),
  creationTimestamp: text,
  deletionTimestamp: text,
  labels: texts,
  annotations: texts,
});
