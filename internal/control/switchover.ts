import { milliseconds, seconds } from '../time/units.ts';

/** The lengths of time of a planned switchover, which operator and instances must agree on; see docs/switchover.md. */

/**
 * How long after the offer was recorded the primary is asked to release its term. All instances of the cluster and every operator
 * watch the record: to take it in costs each some milliseconds of a processor, which on a busy node those would lack for whom
 * clients wait. Must be less than `lookHolds` of an instance by more than the rest of a hand-over takes (8 ms), so that nobody looks
 * at redis-server anew for it.
 */
export const offerTakenIn = milliseconds(15);
/**
 * How long the candidate may take to reach the offset of the primary, whose clients wait meanwhile: hundreds of times what
 * it takes when the two are in sync (a millisecond), and little enough that no client gives up.
 */
export const catchUpLimit = milliseconds(400);
/** CLIENT PAUSE ends by itself after this. Must exceed the catch-up, and the closing of the gate after it (0.2 ms). */
export const pauseLimit = milliseconds(1000);
/** How long the operator waits for the primary to release. Must exceed both catch-ups, before and after the gate is closed. */
export const releaseLimit = milliseconds(1500);
/** How long the record of the successor may take, once the operator sends it. */
export const commitLimit = milliseconds(1000);
/**
 * How long a tick may still go on when the operator is told to stop: a primary that has just released its term takes no writes
 * until a successor is promoted. Must exceed `releaseLimit` and `commitLimit` together, and be less than what is left of a Lease
 * of the operators when it is given up as lost.
 */
export const tickPatience = milliseconds(3000);
/**
 * How long a former primary does not listen once it follows its successor, for whose promotion it has waited: until all
 * nodes' proxies lead its clients there. A client that comes too early is told READONLY for as long as it keeps its connection. The
 * Service moves at the time of the promotion, by half a second later at most (`effectLimit`); its endpoints follow in
 * milliseconds, on a busy control plane in hundreds of them; kube-proxy synchronises once a second at most, and a
 * synchronisation that has begun takes as long as it takes: on a busy node a second is allowed for it. Nobody outside the node
 * can see that it is done. Meanwhile this instance is not ready: the replica Service does without it, and so does the next
 * step of a rolling update. That is what longer would cost.
 */
export const proxiesFollow = milliseconds(3000);
/**
 * How long the endpoints of a cluster must have stood still before its primary is asked to hand over. kube-proxy rests for a
 * second after each synchronisation (its `minSyncPeriod`, counted from its end), and a leader Service that moves within that
 * second moves for clients at its end. A pod that becomes ready changes the endpoints of two Services, one a moment after the
 * other: there is a synchronisation for the first at once, and for the second a second later. So this must exceed two rests,
 * and the two synchronisations (tens of milliseconds each, a few times that on a busy machine).
 */
export const proxiesRest = milliseconds(2500);
/** Endpoints that never stand still are waited for no longer. Must exceed `proxiesRest`, and leave half of `reliefPatience`. */
export const proxiesRestLimit = milliseconds(5000);
/** How long a primary that is told to stop waits to be relieved; far below the grace period of its pod (120 s). */
export const reliefPatience = seconds(10);
