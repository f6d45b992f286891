import {
  count,
  either,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  pair,
  type Shape,
  text,
} from './shape.ts';

const none: Shape = object({ kind: oneOf('none') });
const mark = { pid: count, startedTicks: count };
const address = object({ host: text, port: count });
const fork = object({ replicationId: text, upTo: number });

const processFacts = object({
  // Only one that serves is left to another manager.
  state: oneOf('running'),
  pid: count,
  run: text,
  startedAt: number,
  answeredAt: number,
  bootTerm: count,
  syncedTerm: count,
  exit: optional(object({ code: optional(number), signal: optional(text) })),
  engine: optional(object({ name: text, version: text })),
});

const redis = object({
  follows: optional(address),
  writeGate: count,
  listens: flag,
  linkUp: flag,
  syncInProgress: flag,
  replicationId: text,
  offset: number,
  forkedFrom: optional(fork),
  connectedReplicas: count,
  streams: optional(object({ to: list(text), keptBackAtMost: count })),
  keys: count,
  writesRefused: optional(text),
  rewriteFailed: optional(flag),
});

const cluster = object({
  resourceVersion: text,
  tenure: optional(object({ term: count, primary: text, fenced: flag, run: optional(text) })),
  tenureUnreadable: optional(flag),
  addresses: list(pair(text, text)),
  instances: count,
  pods: list(text),
  minSyncReplicas: count,
  silenceSeconds: number,
  fencedPods: either(list(text), oneOf('unreadable')),
});

const link = either(
  none,
  object({ kind: oneOf('down'), address }),
  object({
    kind: oneOf('up'),
    address,
    since: number,
    goal: optional(number),
    inSync: flag,
    lagBytes: optional(number),
    comparedAt: optional(number),
    agreedAt: optional(number),
  }),
);

const facts = object({
  process: processFacts,
  redis,
  cluster,
  proof: optional(object({ kind: oneOf('grant', 'read', 'relay', 'isolation'), term: count, at: number })),
  promiseAsked: optional(count),
  adoptedAt: optional(number),
  release: optional(object({ term: count, candidate: text, handover: count, followedAt: optional(number) })),
  recalled: optional(count),
  foundOnVolume: flag,
  link,
  heard: optional(object({ address, at: number })),
  lastOffset: optional(number),
  finalWords: object({ offset: optional(number), handedOverTo: optional(count), saved: optional(flag) }),
  aside: either(none, object({ kind: oneOf('settled'), replicationId: text, offset: number })),
  divergent: optional(object({ kept: flag, message: text })),
  settingsRefused: optional(text),
  settingsSetAt: optional(number),
  pendingRestart: list(text),
});

/** What `formatInheritance` writes: a manager that was left something else must not act on it. */
export const inheritanceShape: Shape = object({
  format: count,
  manager: object(mark),
  server: object({ ...mark, run: text, outputs: list(object({ fd: count, begun: text })) }),
  startedOn: text,
  accepted: text,
  facts,
});
