import { formed } from './pieces.ts';

/** A point in time as the API server writes it. */
export const time = formed(
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$/,
  'it must be a time such as 2026-01-31T12:00:00Z',
  64,
  { format: 'date-time' },
);
