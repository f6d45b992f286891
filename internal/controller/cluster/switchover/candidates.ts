import type { InstanceReport } from '../../../control/protocol.ts';
import { barsPod } from '../failover/user-fence.ts';
import { type ClusterView, type HeldTenure, type InstanceView, reportOf } from '../view.ts';
import { onGoodNode, type Wish } from './reasons.ts';

export type Choice =
  | { readonly kind: 'chosen'; readonly instance: InstanceView }
  /** `lasting`: it will not become possible while the wish is what it is. */
  | { readonly kind: 'none'; readonly because: string; readonly lasting: boolean };

/** Who takes over for this wish, or why nobody does. */
export function choose(wish: Wish, tenure: HeldTenure, view: ClusterView): Choice {
  if (wish.to !== undefined) return asked(wish.to, tenure, view);
  const others = [...view.instances.values()].filter(({ name }) => name !== tenure.target);
  const usable = wish.calmOnly ? others.filter(onGoodNode) : others;
  const unfit = usable.flatMap((instance) => whyUnfit(instance, tenure, view) ?? []).sort();
  if (wish.calmOnly && unfit.length > 0) return none(unfit.join('; '));
  const [best] = usable.filter((instance) => whyUnfit(instance, tenure, view) === undefined).sort(bestFirst);
  if (best !== undefined) return { kind: 'chosen', instance: best };
  return none(unfit.length === 0 ? 'there is no other instance to take over' : unfit.join('; '));
}

function asked(name: string, tenure: HeldTenure, view: ClusterView): Choice {
  if (name === tenure.target) return never(`${name} is the primary already`);
  const instance = view.instances.get(name);
  if (instance === undefined) return never(`there is no instance of the name ${name}`);
  const unfit = whyUnfit(instance, tenure, view);
  return unfit === undefined ? { kind: 'chosen', instance } : none(unfit);
}

/** A node that stays before one that does not; then by name: all are in sync, and none is handed over to before it has all. */
const bestFirst = (one: InstanceView, other: InstanceView): number =>
  Number(onGoodNode(other)) - Number(onGoodNode(one)) || one.ordinal - other.ordinal;

/** Why this instance cannot take over just now; undefined when it can. */
function whyUnfit(instance: InstanceView, tenure: HeldTenure, view: ClusterView): string | undefined {
  const report = reportOf(instance);
  return objections
    .find(({ applies }) => applies({ instance, report, tenure, view }))
    ?.says(instance, tenure);
}

interface Applicant {
  readonly instance: InstanceView;
  readonly report: InstanceReport | undefined;
  readonly tenure: HeldTenure;
  readonly view: ClusterView;
}

interface Objection {
  readonly says: (instance: InstanceView, tenure: HeldTenure) => string;
  readonly applies: (applicant: Applicant) => boolean;
}

/** The first one that applies is told. */
const objections: readonly Objection[] = [
  {
    says: ({ name }) => `${name} does not run`,
    applies: ({ instance: { pod } }) => pod?.owner !== 'ours' || pod.ip === undefined,
  },
  {
    says: ({ name }) => `${name} is fenced by the user`,
    applies: ({ instance, report, view }) =>
      barsPod(view.userFence, instance.name) || report?.fencedByUser === true,
  },
  {
    says: ({ name }) => `${name} is being stopped`,
    applies: ({ instance: { pod }, report }) => pod?.deleting === true || report?.leaving === true,
  },
  {
    says: ({ name }) => `the Redis of ${name} does not serve`,
    applies: ({ report }) => report?.process.state !== 'running',
  },
  {
    says: ({ name }) => `the disk of ${name} refuses writes`,
    applies: ({ report }) => report?.writesRefused !== undefined,
  },
  {
    says: ({ name }, { target }) => `${name} is not in sync with ${target}`,
    applies: ({ report, tenure }) => !isProved(report, tenure),
  },
  {
    says: ({ name }) => `${name} has just handed over, and lets no clients in yet`,
    applies: ({ report }) => report?.closed === true,
  },
  { says: ({ name }) => `${name} is not ready`, applies: ({ instance: { pod } }) => pod?.ready !== true },
];

function isProved(report: InstanceReport | undefined, { target, term }: HeldTenure): boolean {
  const { upstream, syncedTerm } = report ?? {};
  return upstream?.pod === target && upstream.inSync && syncedTerm === term && report?.term === term;
}

const none = (because: string): Choice => ({ kind: 'none', because, lasting: false });
const never = (because: string): Choice => ({ kind: 'none', because, lasting: true });
