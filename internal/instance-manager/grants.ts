import type { GrantAnswer } from '../control/grants.ts';
import type { InstanceReport, LeaseCommand } from '../control/protocol.ts';
import { learnCommand } from './commands.ts';
import type { Facts, FactsCell } from './facts.ts';
import type { Ports } from './ports.ts';
import { whyCommandRefused } from './refuse.ts';
import { figuresOf, reportOf } from './report.ts';
import { tellTheSame } from './told.ts';

interface Told {
  readonly facts: Facts;
  readonly report: InstanceReport;
}

/**
 * Obeys the grants that come over one connection, as `obeyCommand` does. What it has said there once it does not say again:
 * nothing is left out that has changed, so what the operator takes to be the report after a grant is what that would be.
 */
export function answerGrants(
  { clock, identity }: Pick<Ports, 'clock' | 'identity'>,
  cell: FactsCell,
): (command: LeaseCommand) => GrantAnswer {
  let told: Told | undefined;
  return (order) => {
    const command = { ...order, kind: 'lease' } as const;
    const now = clock.monotonic();
    const why = whyCommandRefused(command, cell.current, identity, now);
    if (why !== undefined) return { kind: 'refused', why };
    cell.change(learnCommand(command, cell.current, identity.podName, now));
    const facts = cell.current;
    if (told !== undefined && isTold(told, facts)) {
      told = { ...told, facts };
      return { kind: 'same', ...figuresOf(identity.podName, facts, now) };
    }
    const report = reportOf(identity, facts, now);
    told = { facts, report };
    return { kind: 'report', report };
  };
}

/** A promise and an upstream have figures of their own: neither is a serving primary's. */
const isTold = ({ facts, report: { promise, upstream } }: Told, now: Facts): boolean =>
  promise === undefined && upstream === undefined && tellTheSame(facts, now);
