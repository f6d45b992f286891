export type LogLevel = 'debug' | 'info' | 'warn';

/** One line of redis-server's log, taken apart. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
}

const levels: Readonly<Record<string, LogLevel>> = { '.': 'debug', '-': 'debug', '*': 'info', '#': 'warn' };

/** Reads `1:M 02 Jan 2024 10:00:00.000 * Ready to accept connections`; any other line is a message as it is. */
export function parseLogLine(line: string): LogLine {
  const parts = /^\d+:[A-Z] \d+ \w+ \d{4} [\d:.]+ ([.*#-]) (.*)$/.exec(line);
  const [, mark = '*', message = line] = parts ?? [];
  return { level: levels[mark] ?? 'info', message: masked(message) };
}

/** As much as a pod's status keeps of a termination message. */
const longestReason = 4096;

/** Why redis-server ended, in its own words: its last lines, without any secret in them. */
export function failureReason(lastLines: readonly string[]): string {
  const words = lastLines.map((line) => parseLogLine(line).message.trim()).filter((line) => line !== '');
  const from = words.findIndex((line) => /fatal|error|can't|cannot|bad |failed|abort/i.test(line));
  const telling = from < 0 ? words.slice(-3) : words.slice(from);
  return telling.join(' ').slice(0, longestReason) || 'redis-server ended without a word';
}

/** Redis repeats the offending line of its configuration, and that may hold a password. */
export const masked = (text: string): string =>
  text.replace(/^(>>> ['"]?(?:requirepass|masterauth|masteruser|user)\b).*$/i, '$1 ***');
