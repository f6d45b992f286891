import { celMessage, celShortened } from './cel.ts';
import { type Problem, shortened } from './problem.ts';
import type { RedisClusterSpec } from './redis-cluster.ts';
import type { SpecRule } from './spec-rule.ts';

/** Labels and annotations of these domains select, own or describe our objects. */
const ownDomains = ['redis.io/', 'app.kubernetes.io/'] as const;
const right = 'is wrong: keys of redis.io/ and app.kubernetes.io/ are set by the operator; use another';

export const isOwnKey = (key: string): boolean => ownDomains.some((domain) => key.startsWith(domain));

type Metadata = NonNullable<NonNullable<RedisClusterSpec['podTemplate']>['metadata']>;
type MetadataIn = (spec: RedisClusterSpec) => Metadata | undefined;

const templates: Readonly<Record<string, MetadataIn>> = {
  podTemplate: ({ podTemplate }) => podTemplate?.metadata,
  'services.leader': ({ services }) => services?.leader?.metadata,
  'services.replica': ({ services }) => services?.replica?.metadata,
  'services.any': ({ services }) => services?.any?.metadata,
};

const ownKeyInCel = ownDomains.map((domain) => `key.startsWith('${domain}')`).join(' || ');

const rule = (template: string, part: 'labels' | 'annotations', metadataIn: MetadataIn): SpecRule => {
  const at = `${template}.metadata.${part}`;
  return {
    at,
    cel: `self.all(key, !(${ownKeyInCel}))`,
    says: celMessage(`"{}" ${right}`, `self.filter(key, ${ownKeyInCel}).map(key, ${celShortened('key')})[0]`),
    problems: (spec) =>
      Object.keys(metadataIn(spec)?.[part] ?? {})
        .filter(isOwnKey)
        .map(
          (key): Problem => ({ field: `spec.${at}`, message: `spec.${at}: "${shortened(key)}" ${right}` }),
        ),
  };
};

export const metadataRules: readonly SpecRule[] = Object.entries(templates).flatMap(
  ([template, metadataIn]) => [
    rule(template, 'labels', metadataIn),
    rule(template, 'annotations', metadataIn),
  ],
);
