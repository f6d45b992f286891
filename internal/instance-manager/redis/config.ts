import { closedGate, nowhere } from '../decide.ts';

/** One line of redis.conf: the name, then its words. */
export interface Directive {
  readonly name: string;
  readonly words: readonly string[];
}

/** What shapes redis.conf, besides passwords. Sizes are in bytes, paths are absolute. */
export interface RedisSettings {
  readonly persistence: 'aof' | 'rdb' | 'none';
  /** The user's own directives; they come last, so that they win over our defaults. */
  readonly directives: Readonly<Record<string, string>>;
  readonly maxMemory: bigint | undefined;
  readonly maxMemoryPolicy: string | undefined;
  /** What other instances reach us by. */
  readonly announceIp: string;
  /** The one address to listen on; undefined for all there are. */
  readonly listenAddress: string | undefined;
  readonly port: number;
  readonly dataFolder: string;
  readonly socketPath: string;
  /** How long Redis waits for lagging replicas when it is told to end, in seconds. */
  readonly shutdownSeconds: number;
}

/**
 * Whether a replica without its primary serves what may be long outdated. While nobody is followed it must be `yes`:
 * otherwise even PSYNC is refused, and with an error upon which replicas fall back to SYNC, a link without a history.
 */
export const staleData = 'replica-serve-stale-data';
/** What the user's directives say of it, otherwise that a replica serves nothing outdated. */
export const staleDataWanted = (directives: Readonly<Record<string, string>>): string =>
  directives[staleData]?.toLowerCase() === 'yes' ? 'yes' : 'no';

/**
 * All of redis.conf but the passwords, defaults first and the user's directives last. Redis always boots fenced: nobody but
 * the manager opens the gate for writes.
 */
export function redisDirectives(settings: RedisSettings): readonly Directive[] {
  return [
    ...network(settings),
    ...persistence(settings),
    ...replication(settings),
    ...memory(settings),
    ...Object.entries(settings.directives).map(([name, value]) => ({ name, words: wordsOf(value) })),
    directive(staleData, 'yes'),
    directive('min-replicas-to-write', closedGate),
  ];
}

export interface Start {
  /** What it takes from whoever connects; the first is the one that it shows to the instance it follows. */
  readonly passwords: readonly string[];
  /** What this start needs, whatever is wanted once it runs; undefined for the same. */
  readonly appendOnly?: 'yes' | 'no';
}

/** The whole redis.conf of one start. */
export const renderRedisConf = (settings: RedisSettings, { passwords, appendOnly }: Start): string =>
  render([
    ...access(passwords),
    ...redisDirectives(settings).map((one) =>
      one.name === 'appendonly' && appendOnly !== undefined ? directive('appendonly', appendOnly) : one,
    ),
  ]);

/** The whole redis.conf but for the secrets: two that are the same text ask for the same. */
export const renderWithoutSecrets = (settings: RedisSettings): string => render(redisDirectives(settings));

/** The same for a server that has no data, no port and no say: it is only asked what its settings are. */
export const renderTrialConf = (
  settings: RedisSettings,
  { folder, socket }: { readonly folder: string; readonly socket: string },
): string =>
  renderWithoutSecrets(settings) +
  render([
    directive('port', 0),
    directive('unixsocket', socket),
    directive('dir', folder),
    directive('appendonly', 'no'),
  ]);

const render = (directives: readonly Directive[]): string =>
  directives.map(({ name, words }) => `${[name, ...words.map(quoted)].join(' ')}\n`).join('');

const directive = (name: string, ...words: readonly (string | number | bigint)[]): Directive => ({
  name,
  words: words.map(String),
});

const network = ({ listenAddress, port, socketPath, dataFolder }: RedisSettings): readonly Directive[] => [
  directive('bind', ...(listenAddress === undefined ? ['*', '-::*'] : [listenAddress])),
  directive('protected-mode', 'no'),
  directive('port', port),
  directive('unixsocket', socketPath),
  directive('unixsocketperm', 700),
  directive('tcp-keepalive', 60),
  directive('dir', dataFolder),
  directive('daemonize', 'no'),
  directive('logfile', ''),
  directive('always-show-logo', 'no'),
];

/**
 * Redis keeps passwords of its own; a file only we can read is where it takes them from. `requirepass` knows one only: where
 * there are more, the line of the user whom it means comes after it, and counts.
 */
function access(passwords: readonly string[]): readonly Directive[] {
  const [newest = ''] = passwords;
  const all = passwords.map((password) => `>${password}`);
  const user = passwords.length > 1 ? [directive('user', 'default', 'on', ...all, '~*', '&*', '+@all')] : [];
  return [directive('requirepass', newest), directive('masterauth', newest), ...user];
}

function persistence({ persistence: kind, shutdownSeconds }: RedisSettings): readonly Directive[] {
  const shared = [
    directive('dbfilename', 'dump.rdb'),
    directive('appendfilename', 'appendonly.aof'),
    directive('appenddirname', 'appendonlydir'),
    directive('shutdown-timeout', shutdownSeconds),
  ];
  switch (kind) {
    case 'aof':
      return [
        ...shared,
        directive('appendonly', 'yes'),
        directive('appendfsync', 'everysec'),
        directive('aof-use-rdb-preamble', 'yes'),
        directive('save', ''),
      ];
    case 'rdb':
      return [...shared, directive('appendonly', 'no'), directive('save', 3600, 1, 300, 100, 60, 10000)];
    case 'none':
      return [...shared, directive('appendonly', 'no'), directive('save', '')];
  }
}

const mebibyte = 1024n * 1024n;
/** 64 MiB is 64 s of 1 MB/s: more than a restart takes. A hundredth of a small memory is less than that. */
export const backlogSize = (maxMemory: bigint | undefined): bigint => {
  const most = 64n * mebibyte;
  if (maxMemory === undefined) return most;
  const share = maxMemory / 10n;
  return share < mebibyte ? mebibyte : share < most ? share : most;
};

const replication = ({ announceIp, port, maxMemory }: RedisSettings): readonly Directive[] => [
  directive('replica-announce-ip', announceIp),
  // The port may be closed for a moment when it begins to follow.
  directive('replica-announce-port', port),
  // As a replica of nobody it refuses its own former replicas, whom an empty primary would empty within a second.
  directive('replicaof', nowhere.host, nowhere.port),
  directive('replica-read-only', 'yes'),
  directive('repl-diskless-sync', 'yes'),
  directive('repl-diskless-sync-delay', 0),
  directive('repl-backlog-size', backlogSize(maxMemory)),
  directive('repl-backlog-ttl', 0),
  directive('repl-timeout', 10),
  // A primary that is silent is told from one that is idle within a second.
  directive('repl-ping-replica-period', 1),
  directive('min-replicas-max-lag', 10),
];

function memory({ maxMemory, maxMemoryPolicy }: RedisSettings): readonly Directive[] {
  return [
    ...(maxMemory === undefined ? [] : [directive('maxmemory', maxMemory)]),
    ...(maxMemoryPolicy === undefined ? [] : [directive('maxmemory-policy', maxMemoryPolicy)]),
  ];
}

/**
 * Splits a directive's value as redis.conf is split: at spaces, but not within quotes. Within double quotes a backslash
 * begins an escape (`\n`, `\x41`, or the character itself), within single quotes only before a single quote.
 */
export function wordsOf(value: string): readonly string[] {
  const words = [...value.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g)].map(
    ([, double, single, bare]) =>
      double?.replace(/\\(x[0-9a-fA-F]{2}|.)/g, unescaped) ?? single?.replaceAll("\\'", "'") ?? bare ?? '',
  );
  return words.length === 0 ? [''] : words;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\u0007' };

const unescaped = (_whole: string, meant: string): string =>
  meant.length === 3 ? String.fromCharCode(Number.parseInt(meant.slice(1), 16)) : (escapes[meant] ?? meant);

/** A line break in a word, of a password perhaps, would be the end of its line and the begin of another directive. */
const quoted = (word: string): string =>
  /^[\w.,:/*+@%-]+$/.test(word) ? word : `"${[...word].map(escaped).join('')}"`;

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const isControl = character < ' ' || character === '\u007f';
  return isControl ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}` : character;
}
