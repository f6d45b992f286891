import { OperatorError } from '../errors.ts';
import { type Duration, seconds } from '../time/units.ts';
import type { KubeError, KubeErrorCode } from './kube.ts';

/** An answer that is not what was asked for. */
export interface RefusedAnswer {
  readonly status: number;
  /** A metav1.Status, or whatever a proxy or a filter of the API server wrote instead. */
  readonly body: string;
  /** The header: the filters that answer 429 say it there and nowhere else. */
  readonly retryAfter?: string | undefined;
}

/** A metav1.Status as far as we read it. */
interface Refusal {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown; readonly causes?: unknown };
}

const codes: Readonly<Record<number, KubeErrorCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  410: 'expired',
  422: 'invalid',
  429: 'tooManyRequests',
};

/** A refusal in the API server's own words. */
export function refusalError({ status, body, retryAfter }: RefusedAnswer, request: string): KubeError {
  const refusal = parseRefusal(body);
  const code = moreTelling(status, refusal) ?? codes[status] ?? 'refused';
  const inBody = refusal.details?.retryAfterSeconds;
  const retryAfterSeconds = typeof inBody === 'number' ? inBody : wholeSeconds(retryAfter);
  const message = typeof refusal.message === 'string' ? refusal.message : body.slice(0, 256);
  return new OperatorError({ code, status, retryAfterSeconds }, `${request}: ${status}: ${message}`);
}

/** What the status alone does not tell. */
function moreTelling(status: number, { reason, details }: Refusal): KubeErrorCode | undefined {
  if (status === 409 && reason === 'AlreadyExists') return 'alreadyExists';
  const causes: readonly unknown[] = Array.isArray(details?.causes) ? details.causes : [];
  return status === 403 && causes.some((cause) => Object(cause)['reason'] === 'NamespaceTerminating')
    ? 'namespaceTerminating'
    : undefined;
}

/** No answer: `timeout` when our own limit ran out, `unreachable` otherwise. It may or may not have happened. */
export function silenceError(code: 'timeout' | 'unreachable', request: string, cause: unknown): KubeError {
  const words = code === 'timeout' ? 'no answer in time' : 'no answer';
  return new OperatorError(
    { code, status: undefined, retryAfterSeconds: undefined },
    `${request}: ${words}`,
    {
      cause,
    },
  );
}

export function isKubeError(thrown: unknown): thrown is KubeError {
  return thrown instanceof OperatorError && 'retryAfterSeconds' in thrown.details;
}

export const hasCode = (thrown: unknown, ...wanted: readonly KubeErrorCode[]): boolean =>
  isKubeError(thrown) && wanted.includes(thrown.details.code);

/** It does not take the object as it stands, or not from us, or not there: whatever else was asked for may well be taken. */
export const isRefused = (thrown: unknown): boolean =>
  hasCode(thrown, 'forbidden', 'invalid', 'namespaceTerminating');

/** How long the API server has asked us to stay away; nothing when it has not. */
export function askedToWait(thrown: unknown): Duration {
  return seconds((isKubeError(thrown) ? thrown.details.retryAfterSeconds : undefined) ?? 0);
}

/** The API server never writes a date there. */
const wholeSeconds = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;

function parseRefusal(body: string): Refusal {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
