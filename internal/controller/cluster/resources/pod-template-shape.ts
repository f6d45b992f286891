import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { Rule } from './pod-template-rules.ts';

type Shape = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Shape>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Shape = (value) => typeof value === 'string';
const list =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);
/** An object that has `needed`, and of `others` what it likes. */
const object =
  (others: Fields = {}, needed: Fields = {}): Shape =>
  (value) =>
    isObject(value) &&
    Object.entries(needed).every(([field, shape]) => shape(value[field])) &&
    Object.entries(others).every(([field, shape]) => value[field] === undefined || shape(value[field]));

const handler = object({ httpGet: object(), tcpSocket: object() });

/** The fields of a container that our rules look into. All else is passed on as it is, and checked by the API server. */
const shapes: Fields = {
  env: list(object({}, { name: text })),
  volumeMounts: list(object({}, { name: text, mountPath: text })),
  ports: list(object()),
  securityContext: object({
    capabilities: object({ add: list(text), drop: list(text) }),
    seccompProfile: object(),
    appArmorProfile: object(),
  }),
  livenessProbe: handler,
  readinessProbe: handler,
  startupProbe: handler,
  lifecycle: object({ postStart: handler, preStop: handler }),
};

/** Anything may stand in a template: what a rule could not even look at is refused before it does. */
export const shapeProblem: Rule<Container> = (container) => {
  const fields: Readonly<Record<string, unknown>> = { ...container };
  const wrong = Object.entries(shapes).find(
    ([field, shape]) => fields[field] !== undefined && !shape(fields[field]),
  );
  return wrong === undefined ? undefined : `has ${wrong[0]} of a form that no container has`;
};

export const isShaped = (container: Container): boolean => shapeProblem(container) === undefined;
