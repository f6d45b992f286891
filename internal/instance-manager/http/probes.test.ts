import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '../../time/system-clock.ts';
import { seconds } from '../../time/units.ts';
import { serveProbes } from './probes.ts';

const address = '127.0.0.1';
let complaint: string | undefined;
let [port, close] = [0, (): void => undefined];
before(async () => {
  // Any free one: whoever is told 0 does not tell which.
  for (port = 20_000 + Math.floor(Math.random() * 10_000); ; port += 1) {
    try {
      close = await serveProbes(
        { address, port },
        { health: () => undefined, readiness: () => complaint, metrics: async () => 'up 1\n' },
        systemClock,
      );
      return;
    } catch {}
  }
});
after(() => close());

/** Sends this, piece by piece, and resolves to everything that is answered until the other side ends. */
async function answerTo(...pieces: readonly string[]): Promise<string> {
  const socket = connect(port, address);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  for (const piece of pieces) {
    socket.write(piece);
    await systemClock.sleep(seconds(0.03));
  }
  if (!socket.readableEnded) await once(socket, 'end');
  socket.destroy();
  return text;
}

/** As the kubelet asks. */
const probe = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: it\r\nUser-Agent: kube-probe/1.35\r\nAccept: */*\r\n${more}Connection: close\r\n\r\n`;

test('a probe is answered in one line, and with why not', async () => {
  complaint = undefined;
  assert.match(await answerTo(probe('/readyz')), /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nok\n$/);
  assert.match(await answerTo(probe('/healthz')), /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nok\n$/);
  complaint = 'redis-server is loading – wait';
  const answer = await answerTo(probe('/readyz'));
  assert.match(
    answer,
    /^HTTP\/1\.1 503 Service Unavailable\r\n(?:.+\r\n)*\r\nredis-server is loading – wait\n$/,
  );
  const { length = '' } = /content-length: (?<length>\d+)/.exec(answer)?.groups ?? {};
  assert.equal(Number(length), Buffer.byteLength(`${complaint}\n`));
  assert.match(await answerTo(probe('/healthz')), /^HTTP\/1\.1 200 OK/);
});

test('whatever is no simple probe is answered all the same, as HTTP has it', async () => {
  complaint = undefined;
  const question = probe('/readyz');
  assert.match(
    await answerTo(question.slice(0, 9), question.slice(9)),
    /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nok\n$/,
  );
  assert.match(await answerTo(question.replace('1.1', '1.0')), /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nok\n$/);
  assert.match(await answerTo(question.replace('GET', 'POST')), /^HTTP\/1\.1 405 /);
  assert.match(await answerTo(probe('/readyz?verbose')), /^HTTP\/1\.1 404 /);
  assert.match(await answerTo(probe('/metrics')), /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nup 1\n$/);
  assert.match(await answerTo('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await answerTo(probe('/readyz', `Cookie: ${'x'.repeat(8192)}\r\n`)), /^HTTP\/1\.1 431 /);
  const twice = question.replace('Connection: close\r\n', '') + question;
  assert.equal((await answerTo(twice)).match(/HTTP\/1\.1 200 OK/g)?.length, 2);
});
