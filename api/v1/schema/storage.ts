import * as z from 'zod/mini';
import { defaulted, objectName, optional, quantity, rare, required, wholeNumber } from './pieces.ts';

const autoGrow = () =>
  z.object({
    thresholdPercent: required(wholeNumber(1, 99), 'How full a volume is when it grows, in percent.'),
    step: required(quantity, 'How much it grows by.'),
    limit: required(quantity, 'How large it may become.'),
  });

export const storage = z.object({
  type: defaulted(
    z.enum(['pvc', 'emptyDir']),
    'pvc',
    'What the data lies on: a volume claim for each instance, or the disk of the node, where the data ends with its pod. Cannot be changed.',
  ),
  size: defaulted(quantity, '1Gi', 'How much room each instance asks for. It may grow, and never shrinks.'),
  storageClassName: optional(
    objectName,
    'The StorageClass of the volumes; the default class when left out. Cannot be changed once there is a primary.',
  ),
  autoGrow: optional(rare(autoGrow), 'Grows each volume before it is full.'),
});
