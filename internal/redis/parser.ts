import { type Reply, ReplyError } from './reply.ts';

/** The bytes are no RESP: the connection is of no more use. */
export class ProtocolError extends Error {}

/** No reply of a sane server is nested deeper; a hostile one must not exhaust the stack. */
const deepest = 32;
const incomplete = Symbol('incomplete');
type Parsed = Reply | typeof incomplete;

/** Turns the bytes of a connection into replies, however they are cut into pieces. RESP2 and RESP3. */
export class ReplyParser {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** The replies that `chunk` completes. Out-of-band pushes of RESP3 are dropped. Throws a ProtocolError. */
  push(chunk: Buffer): readonly Reply[] {
    this.#bytes =
      this.#at === this.#bytes.length ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
    const replies: Reply[] = [];
    while (this.#at < this.#bytes.length) {
      const start = this.#at;
      const pushed = this.#bytes[start] === greaterThan;
      const reply = this.#reply(0);
      if (reply === incomplete) {
        this.#at = start;
        break;
      }
      if (!pushed) replies.push(reply);
    }
    return replies;
  }

  #reply(depth: number): Parsed {
    if (depth > deepest) throw new ProtocolError('the reply is nested too deep');
    const line = this.#line();
    if (line === undefined) return incomplete;
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case '-':
        return new ReplyError(rest);
      case ':':
        return integer(rest);
      case '$':
      case '=':
      case '!':
        return this.#bulk(line[0], length(rest));
      case '*':
      case '~':
      case '>':
        return this.#list(length(rest), depth);
      case '%':
        return this.#list(length(rest) * 2, depth);
      case '_':
        return null;
      case '#':
        return rest === 't';
      case ',':
        return double(rest);
      case '(':
        return BigInt(digits(rest));
      default:
        throw new ProtocolError(`a reply begins with ${JSON.stringify(line.slice(0, 16))}`);
    }
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const line = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #bulk(kind: '$' | '=' | '!', size: number): Parsed {
    if (size < 0) return null;
    if (this.#bytes.length < this.#at + size + 2) return incomplete;
    const text = this.#bytes.toString('utf8', this.#at, this.#at + size);
    this.#at += size + 2;
    if (kind === '!') return new ReplyError(text);
    // A verbatim string begins with its format and a colon: `txt:`.
    return kind === '=' ? text.slice(4) : text;
  }

  #list(count: number, depth: number): Parsed {
    if (count < 0) return null;
    const items: Reply[] = [];
    for (let index = 0; index < count; index += 1) {
      const item = this.#reply(depth + 1);
      if (item === incomplete) return incomplete;
      items.push(item);
    }
    return items;
  }
}

const greaterThan = 0x3e;

function length(text: string): number {
  const size = Number(digits(text));
  if (!Number.isSafeInteger(size) || size < -1) throw new ProtocolError(`${text} is no length`);
  return size;
}

function integer(text: string): number | bigint {
  const value = Number(digits(text));
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function double(text: string): number {
  const value = Number(text.replace('inf', 'Infinity'));
  if (text === '' || (Number.isNaN(value) && text !== 'nan')) {
    throw new ProtocolError(`${JSON.stringify(text.slice(0, 32))} is no number`);
  }
  return value;
}

/** The text, which is a whole number and nothing else: to JavaScript nothing at all is 0. */
function digits(text: string): string {
  if (/^[+-]?\d+$/.test(text)) return text;
  throw new ProtocolError(`${JSON.stringify(text.slice(0, 32))} is no integer`);
}
