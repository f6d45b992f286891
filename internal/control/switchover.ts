import { milliseconds, seconds } from '../time/units.ts';

/** The lengths of time of a planned switchover, which operator and instances must agree on; see docs/switchover.md. */

/**
 * How long the candidate may take to reach the offset of the primary, whose clients wait meanwhile: hundreds of times what
 * it takes when the two are in sync (a millisecond), and little enough that no client gives up.
 */
export const catchUpLimit = milliseconds(400);
/** CLIENT PAUSE ends by itself after this. Must exceed the catch-up, and the closing of the gate after it (0.2 ms). */
export const pauseLimit = milliseconds(1000);
/** How long the operator waits for the primary to release. Must exceed both catch-ups, before and after the gate closed. */
export const releaseLimit = milliseconds(1500);
/** How long the record of the successor may take, once the operator sends it. */
export const commitLimit = milliseconds(1000);
/**
 * When a primary that has released, and then hears of nothing, may take up its term again. Must exceed by far the time in
 * which a record that was sent can still come true: the operator gives up `releaseLimit` and `commitLimit` after it asked, and
 * closes the connection.
 */
export const releaseLapses = seconds(15);
/**
 * How long a released primary does not listen: until the nodes' proxies lead its clients to the successor. kube-proxy takes
 * up to a second, for it does not synchronise more often.
 */
export const proxiesFollow = milliseconds(1000);
/** How long a primary that is told to stop waits to be relieved; far below the grace period of its pod (120 s). */
export const reliefPatience = seconds(10);
