import { connect } from 'node:net';
import { Port } from '../../../api/v1/names.ts';
import { encodeCommand } from '../../../internal/redis/encode.ts';
import { monotonicMs } from './monotonic.ts';
import type { Target } from './writer.ts';

/** A write over one connection, and when its OK came, or WAIT's word that replicas have it. */
export interface Write {
  readonly key: string;
  readonly at: number;
}

export interface Holding {
  /** The key of write n is `<book>:<n>`. */
  readonly book: string;
  /** How many replicas must have a write for it to be noted. */
  readonly replicas: number;
  readonly signal: AbortSignal;
}

/** From one answer to the next write: a frozen server has one in its socket within so many milliseconds. */
const everyMs = 10;

/**
 * Over one connection, never another: one write after the other, however long the answers take, until one is refused. An answer
 * is noted as it leaves the socket: through a client library each would wait until those of other connections are done with.
 */
export function holdConnection({ host, password }: Target, holding: Holding): readonly Write[] {
  const { book, replicas, signal } = holding;
  const held: Write[] = [];
  const socket = connect({ host, port: Port.redis, noDelay: true });
  const say = (...words: readonly (string | number)[]): boolean =>
    socket.write(encodeCommand(words.map(String)));
  let [asked, number]: [asked: 'AUTH' | 'SET' | 'WAIT', number: number] = ['AUTH', -1];
  const next = (): void => {
    number += 1;
    asked = 'SET';
    say('SET', `${book}:${number}`, number);
  };
  // Each answer is one line, and no two are under way.
  socket.on('data', (answer) => {
    const at = monotonicMs();
    if (answer.toString().startsWith('-')) socket.destroy();
    else if (asked === 'SET' && replicas > 0) {
      asked = 'WAIT';
      say('WAIT', replicas, 1000);
    } else {
      const isNoted = asked === 'SET' || (asked === 'WAIT' && Number(answer.toString().slice(1)) >= replicas);
      if (isNoted) held.push({ key: `${book}:${number}`, at });
      setTimeout(next, everyMs);
    }
  });
  socket.on('error', () => undefined);
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  say('AUTH', password ?? '');
  return held;
}
