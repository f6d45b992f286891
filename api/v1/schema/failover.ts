import * as z from 'zod/mini';
import { count, defaulted, flag, formed, optional, rare, wholeNumber } from './pieces.ts';

export const failover = rare(() =>
  z.object({
    silenceSeconds: defaulted(
      wholeNumber(2, 3600),
      3,
      'How long a primary may be silent before it is replaced, in seconds.',
    ),
    delaySeconds: defaulted(
      wholeNumber(0, 3600),
      0,
      'How much longer a silent primary is waited for, in seconds.',
    ),
    maxLagBytes: optional(count, 'Replicas further behind than this are not promoted, in bytes.'),
  }),
);

const duration = formed(
  /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/,
  'it must be a length of time such as 5s or 1m30s',
  32,
);

export const primaryIsolation = rare(() =>
  z.object({
    enabled: defaulted(
      flag,
      true,
      'Whether a primary that is cut off stops taking writes. Only true is supported yet.',
    ),
    apiServerTimeout: defaulted(
      duration,
      '5s',
      'How long the API server may be out of its reach. Only 5s is supported yet.',
    ),
    peerTimeout: defaulted(
      duration,
      '5s',
      'How long the other instances may be out of its reach. Only 5s is supported yet.',
    ),
  }),
);

export const nodeMaintenanceWindow = rare(() =>
  z.object({
    inProgress: defaulted(
      flag,
      false,
      'Whether nodes are being maintained: told in a condition. Failover stays on.',
    ),
    reusePVC: defaulted(
      flag,
      true,
      'Whether an instance waits for its volume rather than start on a new one. Only true is supported yet.',
    ),
  }),
);
