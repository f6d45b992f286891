type Listener = Parameters<AbortSignal['addEventListener']>[1];

/** Made once: each story has hundreds of deadlines, and the making of one of these takes longer than most of its events. */
const timeIsUp = new DOMException('the time is up', 'TimeoutError');
const abortion = new Event('abort');

/**
 * The signal of a deadline, which to whoever listens behaves as one of an AbortController does: those would be a tenth of
 * what a story costs. Only AbortSignal.any does not take it.
 */
export class Limit implements AbortSignal {
  aborted = false;
  reason: unknown;
  readonly onabort = null;
  /** A list: most have one listener, or none. */
  readonly #listeners: Listener[] = [];

  /** The time is up, or whatever it was part of is over. */
  end(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = timeIsUp;
    // One that is taken away by another is not told any more.
    for (let next = this.#listeners.shift(); next !== undefined; next = this.#listeners.shift()) tell(next);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    if (!this.aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  /** Nobody else may say that the time is up. */
  dispatchEvent(): boolean {
    return false;
  }
}

function tell(listener: Listener): void {
  if (typeof listener === 'function') listener(abortion);
  else listener.handleEvent(abortion);
}
