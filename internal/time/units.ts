declare const unit: unique symbol;
type Branded<Base, Unit extends string> = Base & { readonly [unit]: Unit };

/** A point of wall-clock time, in milliseconds since the epoch. Only a Clock or a parser of RFC 3339 makes one. */
export type Instant = Branded<number, 'Instant'>;
/** A point on this process's own monotonic clock, in milliseconds. Never leaves the process, never jumps. */
export type Moment = Branded<number, 'Moment'>;
/** A length of time, in milliseconds. */
export type Duration = Branded<number, 'Duration'>;

export const instant = (epochMs: number): Instant => epochMs as Instant;
export const moment = (monotonicMs: number): Moment => monotonicMs as Moment;
export const milliseconds = (count: number): Duration => count as Duration;
export const seconds = (count: number): Duration => (count * 1000) as Duration;
export const minutes = (count: number): Duration => (count * 60_000) as Duration;
export const hours = (count: number): Duration => (count * 3_600_000) as Duration;

/** The point that lies `wait` after `start`, on whichever clock `start` was read from. */
export const after = <Point extends Instant | Moment>(start: Point, wait: Duration): Point =>
  (start + wait) as Point;
/** How long it is from `start` to `end`; negative when `end` comes first. */
export const between = <Point extends Instant | Moment>(start: Point, end: Point): Duration =>
  (end - start) as Duration;

/** RFC 3339 with whole seconds, as Kubernetes writes metav1.Time. */
export const toRfc3339 = (at: Instant): string => `${new Date(at).toISOString().slice(0, -'.000Z'.length)}Z`;
/** RFC 3339 with microseconds, as Kubernetes writes metav1.MicroTime. */
export const toRfc3339Micro = (at: Instant): string => new Date(at).toISOString().replace('Z', '000Z');
/** Reads RFC 3339; undefined when the text is not a time. */
export function parseRfc3339(text: string): Instant | undefined {
  const epochMs = Date.parse(text);
  return Number.isNaN(epochMs) ? undefined : instant(epochMs);
}
