import type { PeerAnswer, PeerMembers } from '../control/protocol.ts';
import type { Tenure } from './tenure.ts';

/** What a primary asked its peers about. */
export interface Inquiry {
  readonly me: string;
  readonly term: number;
  /** Every pod that the status speaks of but me. */
  readonly peers: readonly string[];
  /** spec.instances. */
  readonly instances: number;
}

/** A live read that a peer made after it was asked. */
export interface RelayedReading {
  readonly resourceVersion: string;
  readonly tenure: Tenure;
  readonly members: PeerMembers | undefined;
}

export type PeerVerdict =
  /** A peer read the tenure: as good as reading it, whatever it says. */
  | { readonly kind: 'relay'; readonly reading: RelayedReading }
  /** Nobody can appoint anybody. */
  | { readonly kind: 'isolation' }
  | { readonly kind: 'none'; readonly because: string };

/**
 * What the answers prove, each given after the question by one peer; silence is no answer. A reading outweighs every
 * guess, and of several the newest counts, the less welcome of two that are equally new. Without a reading it takes the
 * word of every peer that there may be, those included that only another peer knows of, each one that it reads nothing
 * and has obeyed or promised no later term: whoever is appointed over a silent primary has promised before.
 */
export function judgePeers(inquiry: Inquiry, answers: readonly PeerAnswer[]): PeerVerdict {
  const told = answers.filter(({ pod }) => inquiry.peers.includes(pod));
  if (told.some(({ reading }) => reading.kind === 'read')) return judgeReadings(inquiry, told);
  const promised = told.find(({ term }) => term > inquiry.term);
  if (promised !== undefined) {
    return none(`${promised.pod} has obeyed or promised term ${promised.term}`);
  }
  const heard = new Set(told.map(({ pod }) => pod));
  const members = [inquiry, ...told.flatMap((answer) => answer.members ?? [])];
  const silent = new Set(members.flatMap(podsIn).filter((pod) => pod !== inquiry.me && !heard.has(pod)));
  if (silent.size > 0) return none(`${[...silent].join(', ')} did not answer`);
  const needed = Math.max(...members.map(({ instances }) => instances)) - 1;
  return heard.size < needed
    ? none(`${heard.size} peers are known of ${needed} that there may be`)
    : { kind: 'isolation' };
}

const podsIn = (members: Inquiry | PeerMembers): readonly string[] =>
  'pods' in members ? members.pods : members.peers;

const none = (because: string): PeerVerdict => ({ kind: 'none', because });

function judgeReadings({ me, term }: Inquiry, answers: readonly PeerAnswer[]): PeerVerdict {
  const welcome = ({ tenure }: Reading): boolean =>
    tenure !== null && tenure.term === term && tenure.primary === me && !tenure.fenced;
  let newest: Reading | undefined;
  for (const { reading, members } of answers) {
    if (reading.kind !== 'read') continue;
    if (newest === undefined || outweighs(reading, newest, welcome)) newest = { ...reading, members };
  }
  if (newest === undefined || newest.tenure === null) return none('a peer reads that nobody is appointed');
  const { resourceVersion, tenure, members } = newest;
  return { kind: 'relay', reading: { resourceVersion, tenure, members } };
}

type Reading = Extract<PeerAnswer['reading'], { readonly kind: 'read' }> & {
  readonly members?: PeerMembers | undefined;
};

/** ResourceVersions that are no numbers cannot be put in order: then the less welcome reading counts. */
function outweighs(one: Reading, other: Reading, welcome: (reading: Reading) => boolean): boolean {
  const [first, second] = [Number(one.resourceVersion), Number(other.resourceVersion)];
  const ordered = Number.isSafeInteger(first) && Number.isSafeInteger(second) && first !== second;
  return ordered ? first > second : welcome(other) && !welcome(one);
}
