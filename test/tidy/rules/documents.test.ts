import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sample } from '../reading/sample.fixture.ts';
import { documentsNameWhatIs, foldersAreOnTheMap } from './documents.ts';

const code = { 'internal/kube/client.ts': '', 'test/cluster/up.ts': '', 'package.json': '{}' };
const problemsOf = (text: string, path = 'docs/a.md'): readonly string[] =>
  documentsNameWhatIs(sample({ ...code, [path]: text }));

test('a path in backticks, in a command or behind a link that leads nowhere is named', () => {
  const wrong = [
    'See `internal/kube/server.ts`.',
    'See `server.ts`.',
    'See `internal/cube/`.',
    'Run `node test/cluster/down.ts now`.',
    'See [this](../internal/kube/server.ts).',
  ];
  for (const text of wrong)
    assert.match(problemsOf(text).join(), /^docs\/a\.md names .*, which is not there/, text);
});

test('a path from the root, the end of one, a folder, and what is no path are right', () => {
  const right = [
    '`internal/kube/client.ts`, `client.ts`, `kube/client.ts`, `internal/kube/`, `kube/`, `internal/kube`',
    'Run `node test/cluster/up.ts`, see [that](../internal/kube/client.ts#top) and [there](https://example.com/a.ts).',
    '`localhost/valkey:8`, `/readyz`, `redis.io/restartedAt`, `dist/image/`, `zod/mini`, `spec.redis`, `REPLICAOF NO ONE`',
    '```\nnode test/cluster/down.ts\n```',
  ];
  for (const text of right) assert.deepEqual(problemsOf(text), [], text);
  assert.deepEqual(problemsOf('[that](internal/kube/client.ts)', 'README.md'), []);
});

test('a folder with code that the map does not show is named', () => {
  const map = (text: string): readonly string[] =>
    foldersAreOnTheMap(sample({ ...code, 'docs/architecture.md': text }));
  assert.match(map('`test/cluster/up.ts`').join(), /does not show internal\/kube\//);
  assert.deepEqual(map('`internal/kube/`'), []);
  assert.deepEqual(map('`kube/client.ts`'), []);
  assert.match(foldersAreOnTheMap(sample(code)).join(), /is not there/);
});
