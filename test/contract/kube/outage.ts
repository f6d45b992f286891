import { KubeClient } from '../../../internal/kube/client.ts';
import { leadWhileElected } from '../../../internal/kube/leader-election.ts';
import { NotedLog } from '../../../internal/kube/noted-log.fixture.ts';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, type Duration, type Moment, seconds } from '../../../internal/time/units.ts';
import { waitUntil } from '../../cluster/wait.ts';
import type { ApiServer } from '../api-server.ts';
import { Etcd } from './etcd.ts';
import { FaultProxy } from './fault-proxy.ts';
import { History } from './history.ts';
import { type DataObject, ObjectWriter } from './objects.ts';
import { socketsTo } from './sockets.ts';
import type { Teardown } from './teardown.ts';
import { type Watching, watching } from './watching.ts';

/** An informer and whoever writes what it watches. */
export interface Side {
  readonly run: Watching<DataObject>;
  readonly writer: ObjectWriter;
}

/** Everything that was seen of an outage. */
export interface Outage {
  readonly busy: Side;
  readonly quiet: Side;
  readonly history: History;
  readonly lasted: Duration;
  /** How many sockets both informers hold. */
  sockets(): number;
  /** How a leader ended, and how long after the server. */
  readonly leader: { readonly ended: unknown; readonly after: Duration };
  /** Ends the server by force, and starts it again at once, while the writer goes on. */
  killAndServe(): Promise<void>;
}

const outageLength = seconds(20);

/** Stops the server for 20 s under a writer, two informers and a leader; etcd loses an object meanwhile. */
export async function sufferOutage(server: ApiServer, teardown: Teardown): Promise<Outage> {
  const proxy = await FaultProxy.open(server.config.server);
  teardown.after(() => proxy.close());
  const sideOf = async (namespace: string): Promise<Side> => {
    const writer = await ObjectWriter.in(server, namespace);
    for (const name of ['kept', 'removed-meanwhile']) await writer.create(name);
    const { resource } = writer;
    const config = { ...server.config, server: proxy.url };
    return { writer, run: await watching(config, { resource, namespace }, teardown) };
  };
  const [busy, quiet] = [await sideOf('busy'), await sideOf('quiet')];
  const leading = lead(server, teardown);
  const history = new History(busy.writer);
  const firstPart = new Writing(history, teardown);
  await firstPart.more(100);
  await stopAsNodesDo(server);
  const stoppedAt = systemClock.monotonic();
  await new Etcd(server.etcdAddress).remove('/registry/configmaps/quiet/removed-meanwhile');
  await systemClock.sleep(outageLength);
  const lasted = between(stoppedAt, systemClock.monotonic());
  await server.serveAgain();
  await firstPart.more(100);
  await firstPart.end();
  const { ended, at } = await leading;

  return {
    busy,
    quiet,
    history,
    lasted,
    leader: { ended, after: between(stoppedAt, at) },
    sockets: () => socketsTo(proxy.port),
    killAndServe: async () => {
      const secondPart = new Writing(history, teardown);
      await secondPart.more(20);
      await server.stopServing('SIGKILL');
      await server.serveAgain();
      await secondPart.more(20);
      await secondPart.end();
    },
  };
}

/** Somebody who goes on writing until told to end. */
class Writing {
  readonly #history: History;
  readonly #ended: Promise<void>;
  #ending = false;

  constructor(history: History, teardown: Teardown) {
    this.#history = history;
    teardown.after(() => this.end());
    this.#ended = history.throughOutages(() => this.#ending);
  }

  /** Resolves after `count` more writes. */
  async more(count: number): Promise<void> {
    const { written } = this.#history;
    const goal = written.length + count;
    await waitUntil(`${count} more writes`, seconds(60), () => written.length >= goal);
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#ended;
  }
}

/** It is told to end, stops listening and would wait for its watches for a minute: then it is ended by force. */
async function stopAsNodesDo(server: ApiServer): Promise<void> {
  const stopping = server.stopServing('SIGTERM');
  await systemClock.sleep(seconds(2));
  await server.stopServing('SIGKILL');
  await stopping;
}

/** Resolves when it leads no more. */
async function lead(
  server: ApiServer,
  teardown: Teardown,
): Promise<{ readonly ended: unknown; readonly at: Moment }> {
  const kube = new KubeClient(server.config, systemClock);
  const options = { lease: { namespace: 'default', name: 'leader' }, identity: 'one' };
  const ports = { kube, clock: systemClock, log: new NotedLog() };
  let at = systemClock.monotonic();
  const untilTold = async (signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    at = systemClock.monotonic();
  };
  const stopping = new AbortController();
  teardown.after(() => stopping.abort());
  const ended = await leadWhileElected(options, ports, untilTold, stopping.signal).catch(
    (failure: unknown) => failure,
  );
  kube.close();
  return { ended, at };
}
