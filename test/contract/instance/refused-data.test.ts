import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { between, type Moment, milliseconds, moment, seconds } from '../../../internal/time/units.ts';
import { until, untilReport } from './running.ts';
import { isPrimary, worldOf } from './world.ts';

test('data that its Redis cannot load is told of in the words of Redis, asked for ever more seldom, and taken once it can', async (context) => {
  const world = await worldOf(context, 2);
  const newer = await NewerPrimary.at(world.premises.address(0));
  context.after(() => newer.close());
  const replica = await world.start(1);
  world.appoint(1, 0);
  const { syncRefused } = await untilReport(replica, 'says so', (report) => report.syncRefused !== undefined);
  assert.match(
    syncRefused ?? '',
    /Can't handle RDB format version 99; Failed trying to load the (MASTER|PRIMARY) synchronization DB/,
  );
  await systemClock.sleep(seconds(4));
  const { asked } = newer;
  assert.ok(asked.length > 1, 'it asks again');
  // Redis itself goes on asking, ten times a second, until its manager hears of a refusal: that is once. Then it is left alone for a
  // second, and then for two, or longer where the first ones were heard of late.
  const turns = asked.filter((at, place) => between(asked[place - 1] ?? neverAsked, at) > milliseconds(500));
  const lately = turns.filter((at) => between(at, systemClock.monotonic()) < seconds(2));
  assert.ok(lately.length <= 1, `asked for all of its data twice in two seconds: ${asked.join()}`);
  assert.match((await replica.report()).syncRefused ?? '', /version 99/, 'it is told while it waits, too');

  await newer.close();
  const one = await world.start(0);
  world.appoint(2, 0);
  await untilReport(one, 'is primary', isPrimary);
  await one.client().set('a', '1');
  await until(
    'the data is taken',
    async () => {
      const { upstream, syncRefused: refused } = await replica.report();
      return upstream?.inSync === true && refused === undefined ? true : undefined;
    },
    seconds(30),
  );
  assert.equal(await replica.client().get('a'), '1');
});

/** Speaks just as much of the protocol as a replica needs to be sent a copy, in a format that no Redis knows. */
class NewerPrimary {
  readonly asked: Moment[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async at(host: string): Promise<NewerPrimary> {
    const primary = new NewerPrimary();
    primary.#server.listen(6379, host);
    await once(primary.#server, 'listening');
    return primary;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      for (const [, command = ''] of chunk.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g))
        socket.write(this.#answer(command.toUpperCase()));
    });
  }

  #answer(command: string): string {
    if (command === 'PING') return '+PONG\r\n';
    if (command === 'INFO')
      return bulk(`role:master\r\nmaster_replid:${history}\r\nmaster_repl_offset:0\r\n`);
    if (command !== 'PSYNC') return '+OK\r\n';
    this.asked.push(systemClock.monotonic());
    // After a copy there is no end of line.
    return `+FULLRESYNC ${history} 0\r\n${bulk(`REDIS0099${'\0'.repeat(64)}`).slice(0, -2)}`;
  }
}

const history = 'a'.repeat(40);
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const neverAsked = moment(Number.NEGATIVE_INFINITY);
