import { OperatorError } from '../errors.ts';
import type { KubeError, KubeErrorCode } from './kube.ts';

/** The API server's answer when it is not what was asked for, as far as we read it. */
interface Refusal {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
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

/** A refusal in the API server's own words. `body` is a metav1.Status, or whatever a proxy in between wrote. */
export function refusalError(status: number, body: string, request: string): KubeError {
  const refusal = parseRefusal(body);
  const conflict = status === 409 && refusal.reason === 'AlreadyExists';
  const code = conflict ? 'alreadyExists' : (codes[status] ?? 'refused');
  const retryAfter = refusal.details?.retryAfterSeconds;
  const retryAfterSeconds = typeof retryAfter === 'number' ? retryAfter : undefined;
  const message = typeof refusal.message === 'string' ? refusal.message : body.slice(0, 256);
  return new OperatorError({ code, status, retryAfterSeconds }, `${request}: ${status}: ${message}`);
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

function parseRefusal(body: string): Refusal {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
