import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../time/hand-clock.fixture.ts';
import { type Duration, seconds } from '../time/units.ts';
import { refusalError, silenceError } from './errors.ts';
import { type Change, Informer, type InformerOptions, idleLimit } from './informer.ts';
import type { Kube, ListPage, WatchEvent } from './kube.ts';
import { NotedLog } from './noted-log.fixture.ts';
import type { KubeObject, Resource } from './objects.ts';
import { pods } from './resources.ts';

/** What a watch says before it ends in order, breaks off, or says nothing more until it is told to end. */
interface WatchScript {
  readonly says: readonly WatchEvent<KubeObject>[];
  readonly end: 'ends' | 'is silent' | Error;
}

/** Gives the answers that a test has laid out, in order; of lists the last one again and again, and then silent watches. */
class ScriptedKube implements Pick<Kube, 'list' | 'watch'> {
  readonly asked: string[] = [];
  readonly #clock: HandClock;
  readonly #lists: (ListPage<KubeObject> | Error)[];
  readonly #watches: WatchScript[];

  constructor(
    clock: HandClock,
    lists: readonly (ListPage<KubeObject> | Error)[],
    watches: readonly WatchScript[],
  ) {
    this.#clock = clock;
    this.#lists = [...lists];
    this.#watches = [...watches];
  }

  async list<Kind extends KubeObject>(): Promise<ListPage<Kind>> {
    this.asked.push(`list at ${this.#clock.monotonic()}`);
    const page = this.#lists.length > 1 ? this.#lists.shift() : this.#lists[0];
    if (page === undefined || page instanceof Error) throw page;
    return await Promise.resolve(page as ListPage<Kind>);
  }

  async *watch<Kind extends KubeObject>(
    _resource: Resource<Kind>,
    { resourceVersion }: { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kind>> {
    this.asked.push(`watch from ${resourceVersion} at ${this.#clock.monotonic()}`);
    const script = this.#watches.shift() ?? { says: [], end: 'is silent' };
    for (const event of script.says) yield event as WatchEvent<Kind>;
    if (script.end instanceof Error) throw script.end;
    if (script.end === 'is silent') throw silenceError('unreachable', 'watch', await abortOf(signal));
  }
}

async function abortOf(signal: AbortSignal): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve());
  await promise;
  return signal.reason;
}

const object = (name: string, resourceVersion: number, uid = `uid of ${name}`): KubeObject => ({
  metadata: { name, namespace: 'shop', uid, resourceVersion: String(resourceVersion) },
});
const page = (resourceVersion: number, ...items: readonly KubeObject[]): ListPage<KubeObject> => ({
  items,
  resourceVersion: String(resourceVersion),
});
const event = (kind: 'added' | 'modified' | 'deleted', about: KubeObject): WatchEvent<KubeObject> => ({
  kind,
  object: about,
});
const bookmark = (resourceVersion: number): WatchEvent<KubeObject> => ({
  kind: 'bookmark',
  resourceVersion: String(resourceVersion),
});
const expired = refusalError({ status: 410, body: 'too old' }, 'watch');
const broken = silenceError('unreachable', 'watch', new Error('ECONNRESET'));

interface Running {
  readonly informer: Informer<KubeObject>;
  readonly clock: HandClock;
  readonly log: NotedLog;
  readonly asked: readonly string[];
  readonly told: readonly string[];
  stop(): void;
  readonly ended: Promise<void>;
}

interface Script {
  readonly lists: readonly (ListPage<KubeObject> | Error)[];
  readonly watches?: readonly WatchScript[];
  readonly options?: Partial<InformerOptions<KubeObject>>;
}

/** Runs an informer for `length`; what it was told is noted as "name before>now", by resourceVersions. */
async function running(length: Duration, { lists, watches = [], options = {} }: Script): Promise<Running> {
  const [clock, log, stopping] = [new HandClock(), new NotedLog(), new AbortController()];
  const kube = new ScriptedKube(clock, lists, watches);
  const told: string[] = [];
  const onChange = ({ before, now }: Change<KubeObject>): void => {
    const version = (one: KubeObject | undefined): string => one?.metadata.resourceVersion ?? '';
    told.push(`${(now ?? before)?.metadata.name} ${version(before)}>${version(now)}`);
  };
  const informer = new Informer<KubeObject>(
    { resource: pods, selection: { namespace: 'shop' }, onChange, ...options },
    { kube, clock, log, random: () => 1 },
  );
  const ended = informer.run(stopping.signal);
  await clock.pass(length);
  return { informer, clock, log, asked: kube.asked, told, stop: () => stopping.abort(), ended };
}

const held = ({ informer }: Running): readonly string[] =>
  [...informer.store.all()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);

test('it lists, then watches from there, and tells each change as it was and as it is', async () => {
  const says = [
    event('added', object('b', 4)),
    event('modified', object('a', 5)),
    event('deleted', object('b', 6)),
  ];
  const run = await running(seconds(1), {
    lists: [page(3, object('a', 1))],
    watches: [{ says, end: 'is silent' }],
  });
  await run.informer.waitForSync();
  assert.deepEqual(run.asked, ['list at 0', 'watch from 3 at 0']);
  assert.deepEqual(run.told, ['a >1', 'b >4', 'a 1>5', 'b 4>']);
  assert.deepEqual(held(run), ['a 5']);
  assert.ok(run.informer.store.synced);
});

test('a watch that ends in order goes on at once from where it was, bookmarks included', async () => {
  const run = await running(seconds(1), {
    lists: [page(3)],
    watches: [
      { says: [event('added', object('a', 4))], end: 'ends' },
      { says: [event('modified', object('a', 5)), bookmark(9)], end: 'ends' },
    ],
  });
  assert.deepEqual(run.asked, ['list at 0', 'watch from 3 at 0', 'watch from 4 at 0', 'watch from 9 at 0']);
  assert.deepEqual(run.log.lines, []);
});

test('a watch that ends without a word is begun again later and later, and so is one that cannot be begun', async () => {
  const run = await running(seconds(3), {
    lists: [page(3)],
    watches: [
      { says: [], end: 'ends' },
      { says: [], end: broken },
      { says: [], end: 'ends' },
    ],
  });
  const watches = [0, 400, 1200, 2800].map((at) => `watch from 3 at ${at}`);
  assert.deepEqual(run.asked, ['list at 0', ...watches]);
  assert.deepEqual(
    run.log.of('warn').map(({ fields }) => fields['because']),
    [
      'the watch broke off: it ended without a word',
      'the watch broke off: watch: no answer: ECONNRESET',
      'the watch broke off: it ended without a word',
    ],
  );
});

test('a watch that breaks off goes on from the last event, and patience begins anew', async () => {
  const run = await running(seconds(2), {
    lists: [page(3)],
    watches: [
      { says: [event('added', object('a', 4))], end: broken },
      { says: [event('modified', object('a', 7)), bookmark(8)], end: broken },
    ],
  });
  assert.deepEqual(run.asked, [
    'list at 0',
    'watch from 3 at 0',
    'watch from 4 at 400',
    'watch from 8 at 800',
  ]);
});

test('what has expired is listed anew at once; what is gone is told, and what is unchanged is not', async () => {
  const run = await running(seconds(1), {
    lists: [
      page(3, object('same', 1), object('gone', 2), object('changed', 3)),
      page(9, object('same', 1), object('changed', 8), object('new', 9)),
    ],
    watches: [{ says: [event('added', object('gone too', 4))], end: expired }],
  });
  assert.deepEqual(run.asked, ['list at 0', 'watch from 3 at 0', 'list at 0', 'watch from 9 at 0']);
  assert.deepEqual(run.told.slice(4), ['changed 3>8', 'new >9', 'gone 2>', 'gone too 4>']);
  assert.deepEqual(held(run).toSorted(), ['changed 8', 'new 9', 'same 1']);
});

test('after a long outage, what has expired is listed at once all the same', async () => {
  const away = { says: [], end: broken } as const;
  const run = await running(seconds(60), {
    lists: [page(3)],
    watches: [...Array.from({ length: 6 }, () => away), { says: [], end: expired }],
  });
  assert.equal(run.asked.at(-3), 'watch from 3 at 25200');
  assert.equal(run.asked.at(-2), 'list at 25200');
});

test('a watch that expires again and again makes no storm of lists', async () => {
  const late = { says: [], end: expired } as const;
  const run = await running(seconds(20), {
    lists: [page(3)],
    watches: Array.from({ length: 50 }, () => late),
  });
  const lists = run.asked.filter((line) => line.startsWith('list'));
  assert.deepEqual(
    lists,
    [0, 0, 400, 1200, 2800, 6000, 12_400].map((at) => `list at ${at}`),
  );
});

test('a list that fails is tried again later and later', async () => {
  const run = await running(seconds(2), { lists: [expired, expired, broken, page(3, object('a', 1))] });
  assert.deepEqual(run.asked, [
    'list at 0',
    'list at 0',
    'list at 400',
    'list at 1200',
    'watch from 3 at 1200',
  ]);
  assert.deepEqual(run.told, ['a >1']);
});

test('an API server that asks us to stay away is obeyed, by lists and by watches', async () => {
  const busy = refusalError({ status: 429, body: 'Too many requests', retryAfter: '5' }, 'GET /a');
  const run = await running(seconds(12), {
    lists: [busy, page(3)],
    watches: [{ says: [], end: busy }],
  });
  assert.deepEqual(run.asked, ['list at 0', 'list at 5000', 'watch from 3 at 5000', 'watch from 3 at 10000']);
});

test('a watch that says nothing for too long is given up', async () => {
  const run = await running(idleLimit, {
    lists: [page(3)],
    watches: [{ says: [bookmark(4)], end: 'is silent' }],
  });
  await run.clock.pass(seconds(1));
  assert.deepEqual(run.asked, ['list at 0', 'watch from 3 at 0', `watch from 4 at ${idleLimit + 400}`]);
  assert.match(String(run.log.of('warn')[0]?.fields['because']), /nothing was heard for too long/);
});

test('what a handler throws is logged with its object, and nobody else misses anything', async () => {
  const told: string[] = [];
  const onChange = ({ now }: Change<KubeObject>): void => {
    if (now?.metadata.name === 'bad')
      throw new Error('a bug in the handler', { cause: new Error('of ours') });
    told.push(now?.metadata.name ?? '');
  };
  const run = await running(seconds(1), {
    lists: [page(3, object('a', 1), object('bad', 2), object('b', 3))],
    watches: [
      { says: [event('modified', object('bad', 4)), event('added', object('c', 5))], end: 'is silent' },
    ],
    options: { onChange },
  });
  assert.deepEqual(told, ['a', 'b', 'c']);
  assert.deepEqual(held(run).toSorted(), ['a 1', 'b 3', 'bad 4', 'c 5']);
  const lines = run.log.of('error').map(({ message, fields }) => ({ message, ...fields }));
  const line = {
    message: 'a change could not be passed on',
    kind: 'Pod',
    object: 'shop/bad',
    because: 'a bug in the handler: of ours',
  };
  assert.deepEqual(lines, [line, line]);
  assert.equal(run.asked.length, 2);
});

test('an object that was made anew under its name while nobody watched is told as a death and a birth', async () => {
  const run = await running(seconds(1), {
    lists: [page(3, object('a', 1, 'first')), page(9, object('a', 8, 'second'))],
    watches: [{ says: [], end: expired }],
  });
  assert.deepEqual(run.told, ['a >1', 'a 1>', 'a >8']);
});

test('an event that comes twice is told once', async () => {
  const twice = event('modified', object('a', 4));
  const gone = event('deleted', object('a', 5));
  const run = await running(seconds(1), {
    lists: [page(3, object('a', 1))],
    watches: [{ says: [twice, twice, gone, gone], end: 'is silent' }],
  });
  assert.deepEqual(run.told, ['a >1', 'a 1>4', 'a 4>']);
});

test('what is listed again as it was told is the very object that was told', async () => {
  const [told, listed] = [object('a', 4), object('a', 4)];
  const run = await running(seconds(1), {
    lists: [page(3), page(9, listed)],
    watches: [{ says: [event('added', told)], end: expired }],
  });
  assert.equal(run.informer.store.get({ namespace: 'shop', name: 'a' }), told);
});

test('it keeps what it is asked to keep, and finds it by what it is asked to', async () => {
  const named = { metadata: { ...object('a', 1).metadata, labels: { cluster: 'orders' } }, spec: 'much' };
  const run = await running(seconds(1), {
    lists: [page(3, named)],
    options: {
      project: ({ metadata }) => ({ metadata }),
      index: ({ metadata }) => Object.values(metadata.labels ?? {}),
    },
  });
  assert.deepEqual(run.informer.store.indexed('orders'), [{ metadata: named.metadata }]);
});

test('it ends when it is told to, whatever it is doing, and leaves no timer behind', async () => {
  const scripts: readonly Script[] = [
    { lists: [page(3)], watches: [{ says: [bookmark(4)], end: 'is silent' }] },
    { lists: [broken] },
    { lists: [page(3)], watches: [{ says: [], end: 'ends' }] },
  ];
  for (const script of scripts) {
    const run = await running(seconds(0), script);
    run.stop();
    await run.ended;
    const { length } = run.asked;
    await run.clock.pass(seconds(300));
    assert.equal(run.asked.length, length);
    assert.equal(run.clock.waiting, 0);
  }
});
