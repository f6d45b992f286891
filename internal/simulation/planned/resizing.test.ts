import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ports } from '../../controller/cluster/ports.ts';
import type { Changes } from '../changes.ts';
import { breaches } from '../kubelet.ts';
import { hearing } from '../mutations.ts';
import { play, type Story } from '../story.ts';
import { resizing } from './operations.ts';

const calm = resizing(['carriedOut', 'deferred'], []);
const tellings = ({ told }: Story, words: string): number =>
  told.filter(({ text }) => text.includes(words)).length;

/** What of a limit went wrong in any of so many stories, and how often limits were changed. */
async function stories(
  changes: Changes = {},
): Promise<{ readonly wrong: readonly string[]; readonly changed: number }> {
  const wrong: string[] = [];
  let changed = 0;
  for (let seed = 1; seed <= 4; seed += 1) {
    const story = await play(seed, changes, calm);
    changed += tellings(story, 'has a limit of');
    if (story.broken !== undefined) wrong.push(story.broken.message);
    for (const breach of Object.values(breaches)) if (tellings(story, breach) > 0) wrong.push(breach);
    if (tellings(story, ': update, ') > 0) wrong.push('a pod was made anew');
    if (tellings(story, 'starts on') > 3) wrong.push('a container was started again');
  }
  return { wrong, changed };
}

test('where nothing goes wrong every pod is resized without being restarted, and never to less than it holds', async () => {
  const { wrong, changed } = await stories();
  assert.deepEqual(wrong, []);
  assert.ok(changed >= 4 * 4, `limits were changed ${changed} times`);
});

const content = hearing((report) => ({ ...report, memory: { setForBytes: 64 * 2 ** 20, heldBytes: 0 } }));
const impatient: Changes = {
  operator: (ports): Ports => ({ ...ports, resizesInPlace: false }),
};

const mutants: Readonly<Record<string, readonly [Changes, string]>> = {
  'nobody asks what an instance holds': [content, breaches.room],
  'nobody waits for maxmemory': [content, breaches.order],
  'pods are made anew though they could be resized': [impatient, 'a pod was made anew'],
};

for (const [what, [changes, breach]] of Object.entries(mutants)) {
  test(`a story catches it when ${what}`, async () => {
    const { wrong } = await stories(changes);
    assert.ok(wrong.includes(breach), wrong.join());
  });
}
