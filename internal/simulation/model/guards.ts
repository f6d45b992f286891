import type { PeerAnswer } from '../../control/protocol.ts';
import type { FailoverStep } from '../../controller/cluster/failover/step.ts';
import type { ClusterView, FailoverPolicy } from '../../controller/cluster/view.ts';
import type { RoleView } from '../../instance-manager/decide.ts';

/** The guards of docs/failover.md, each as the place where it can be taken away. Without any, all is the real code. */
export interface Guards {
  /** What an instance's decision about its role is told. */
  readonly roleView: (view: RoleView) => RoleView;
  /** What the operator's decision is told. */
  readonly clusterView: (view: ClusterView) => ClusterView;
  /** What becomes of its decision. */
  readonly step: (step: FailoverStep) => FailoverStep;
  /** What the operator makes of a policy. */
  readonly policy: (policy: FailoverPolicy) => FailoverPolicy;
  /** What a peer answers. */
  readonly peerAnswer: (answer: PeerAnswer) => PeerAnswer;
  /** A command is refused by `whyCommandRefused`. */
  readonly refusal: boolean;
  /** A grant counts from the moment that it echoes, not from when it comes. */
  readonly grantsEcho: boolean;
  /** A read counts from the moment when it was begun, not from when its answer comes. */
  readonly readsCountFromAsking: boolean;
  /** A fence takes back the grants: `reconcile` and `grantedBy`. */
  readonly fenceEndsGrants: boolean;
  /** Only a process that surely holds the operators' Lease grants: `mayGrant`. */
  readonly onlyLeaderGrants: boolean;
  /** Status is written on the version that was decided on: `record`. */
  readonly compareAndSwap: boolean;
  /** A primary that has released its term takes no writes in it any more, however long it hears nothing. */
  readonly releaseLasts: boolean;
  /** A redis-server begins as a replica of nobody with its gate closed. */
  readonly boot: { readonly follows: 'nowhere' | 'nobody'; readonly gateOpen: boolean };
}

export const allGuards: Guards = {
  roleView: (view) => view,
  clusterView: (view) => view,
  step: (step) => step,
  policy: (policy) => policy,
  peerAnswer: (answer) => answer,
  refusal: true,
  grantsEcho: true,
  readsCountFromAsking: true,
  fenceEndsGrants: true,
  onlyLeaderGrants: true,
  compareAndSwap: true,
  releaseLasts: true,
  boot: { follows: 'nowhere', gateOpen: false },
};
