import { KubeClient } from '../../../internal/kube/client.ts';
import type { KubeConfig } from '../../../internal/kube/config.ts';
import { isKubeError } from '../../../internal/kube/errors.ts';
import { type Change, Informer } from '../../../internal/kube/informer.ts';
import type { Kube, KubeErrorCode, ListPage, WatchEvent } from '../../../internal/kube/kube.ts';
import { NotedLog } from '../../../internal/kube/noted-log.fixture.ts';
import type { KubeObject, Resource, Selection } from '../../../internal/kube/objects.ts';
import type { Clock } from '../../../internal/time/clock.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import type { Teardown } from './teardown.ts';

/** One watch as it went: `ended` is undefined while it lasts. */
interface WatchRecord {
  readonly from: string;
  readonly bookmarks: string[];
  ended: 'in order' | KubeErrorCode | undefined;
}

export interface WatchingOptions<Kind extends KubeObject> {
  readonly resource: Resource<Kind>;
  readonly namespace: string;
  readonly clock?: Clock;
  readonly log?: NotedLog;
  /** Called after the change was noted. */
  readonly onChange?: (change: Change<Kind>) => void;
  /** Waited for before each event is taken up. */
  readonly mull?: () => Promise<void>;
}

/** A running informer and everything that it was told and has asked for. */
export interface Watching<Kind extends KubeObject> {
  readonly informer: Informer<Kind>;
  readonly kube: KubeClient;
  readonly log: NotedLog;
  readonly told: readonly Change<Kind>[];
  readonly lists: readonly string[];
  readonly watches: readonly WatchRecord[];
}

/**
 * Starts an informer that waits as short as it may after each failure, and resolves once it has its first list. It runs
 * until `teardown`.
 */
export async function watching<Kind extends KubeObject>(
  config: KubeConfig,
  options: WatchingOptions<Kind>,
  teardown: Teardown,
): Promise<Watching<Kind>> {
  const { resource, namespace, clock = systemClock, log = new NotedLog() } = options;
  const [kube, stopping] = [new KubeClient(config, clock), new AbortController()];
  const told: Change<Kind>[] = [];
  const recorder = new Recorder(kube, options.mull);
  const informer = new Informer<Kind>(
    {
      resource,
      selection: { namespace },
      onChange: (change) => {
        told.push(change);
        options.onChange?.(change);
      },
    },
    { kube: recorder, clock, log, random: () => 0 },
  );
  const ended = informer.run(stopping.signal);
  teardown.after(async () => {
    stopping.abort();
    await ended;
    kube.close();
  });
  await informer.waitForSync();
  const { lists, watches } = recorder;
  return { informer, kube, log, told, lists, watches };
}

/** Passes everything on, and notes what was asked for and how it ended. */
class Recorder implements Pick<Kube, 'list' | 'watch'> {
  /** The resourceVersions of the lists that were answered. */
  readonly lists: string[] = [];
  readonly watches: WatchRecord[] = [];
  readonly #kube: KubeClient;
  readonly #mull: (() => Promise<void>) | undefined;

  constructor(kube: KubeClient, mull: (() => Promise<void>) | undefined) {
    this.#kube = kube;
    this.#mull = mull;
  }

  async list<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection,
    signal?: AbortSignal,
  ): Promise<ListPage<Kind>> {
    const page = await this.#kube.list(resource, selection, signal);
    this.lists.push(page.resourceVersion);
    return page;
  }

  async *watch<Kind extends KubeObject>(
    resource: Resource<Kind>,
    selection: Selection & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<Kind>> {
    const record: WatchRecord = { from: selection.resourceVersion, bookmarks: [], ended: undefined };
    this.watches.push(record);
    try {
      for await (const event of this.#kube.watch(resource, selection, signal)) {
        if (event.kind === 'bookmark') record.bookmarks.push(event.resourceVersion);
        await this.#mull?.();
        yield event;
      }
      record.ended = 'in order';
    } catch (failure) {
      record.ended = isKubeError(failure) ? failure.details.code : 'refused';
      throw failure;
    }
  }
}
