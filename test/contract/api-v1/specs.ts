import fc from 'fast-check';

const quantity = fc.oneof(
  fc.constantFrom(
    '1Gi',
    '64Mi',
    '512m',
    '1',
    '0',
    '1e3',
    '2E',
    '.5Gi',
    '5.',
    '1e-3',
    '+1Gi',
    '-1',
    '1K',
    '',
    ' 1',
  ),
  fc.integer({ min: -2, max: 3_000_000_000 }),
  fc
    .tuple(fc.integer({ min: 0, max: 9999 }), fc.constantFrom('', 'm', 'k', 'Ki', 'Mi', 'Gi', 'G', 'u', 'n'))
    .map((parts) => parts.join('')),
);
const amounts = fc.dictionary(
  fc.constantFrom('cpu', 'memory', 'disk', 'hugepages-2Mi', 'a/b', ''),
  quantity,
  { maxKeys: 3 },
);
const words = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    '1',
    '-',
    'a b',
    'ä',
    '日本',
    'a\nb',
    '\u0000',
    '\u0085',
    '\u2028',
    '\u007f',
    '🙂',
    "'",
    '"',
    '\\',
    '%s',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const directive = fc.oneof(
  fc.constantFrom(
    'save',
    'timeout',
    'maxmemory',
    'maxmemory-policy',
    'dir',
    'tls-port',
    'tls',
    'user',
    'users',
    '__proto__',
    'constructor',
  ),
  words,
);
const metadata = fc.record(
  {
    labels: fc.dictionary(fc.oneof(fc.constantFrom('redis.io/x', 'redis.io', 'team'), words), words, {
      maxKeys: 2,
    }),
    annotations: fc.dictionary(fc.constantFrom('app.kubernetes.io/x', 'a'), words, { maxKeys: 2 }),
  },
  { requiredKeys: [] },
);

/** Every field takes good, bad and strange values. */
const fields = {
  instances: fc.constantFrom<unknown>(1, 3, 50, 51, 0, 1.5, '3', true),
  mode: fc.oneof({ weight: 4, arbitrary: fc.constant('standalone') }, { weight: 1, arbitrary: words }),
  imageName: fc.oneof(
    fc.constantFrom(
      'redis',
      'redis:7.2',
      'a.b:5000/c/d:e',
      'a/b@sha256:12',
      'a//b',
      'a/b:',
      'a/-b',
      'Redis:7',
      'a:b:c',
    ),
    words,
  ),
  storage: fc.record(
    {
      type: fc.constantFrom('pvc', 'emptyDir', 'nfs'),
      size: quantity,
      storageClassName: fc.constantFrom('fast', ''),
    },
    { requiredKeys: [] },
  ),
  redis: fc.dictionary(directive, words, { maxKeys: 3, noNullPrototype: true }),
  persistence: fc.constantFrom('aof', 'rdb', 'none', 'AOF'),
  memory: fc.record(
    {
      maxMemory: quantity,
      maxMemoryPercent: fc.constantFrom(1, 90, 100, 101, 0),
      maxMemoryPolicy: fc.constantFrom('noeviction', 'lru'),
    },
    { requiredKeys: [] },
  ),
  resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }),
  failover: fc.record(
    { silenceSeconds: fc.constantFrom(3, 4), maxLagBytes: fc.constant(1) },
    { requiredKeys: [] },
  ),
  podTemplate: fc.record({ metadata }, { requiredKeys: [] }),
  services: fc.record({ leader: fc.record({ metadata }, { requiredKeys: [] }) }, { requiredKeys: [] }),
  authSecret: fc.record({ name: words }, { requiredKeys: [] }),
};

type Field = keyof typeof fields;
const names = Object.keys(fields) as Field[];

/** Specs of a few fields, so that a fair share of them is good. */
export const someSpec: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .subarray(names, { maxLength: 3 })
  .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, fields[name]]))));
