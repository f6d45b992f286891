import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Tenure } from '../../../api/v1/tenure.ts';
import { OneCluster } from './one-cluster.ts';
import { clusterName, type Premises, preparePremises } from './place.ts';
import { type Paces, type Running, runInstanceOf, untilReport } from './running.ts';

/** One cluster's instances, started as they are asked for and stopped in order after the test. */
export interface World {
  readonly premises: Premises;
  readonly api: OneCluster;
  readonly spec: Readonly<Record<string, unknown>>;
  /** Starts one whose redis-server may never answer; it is not asked to end in order. */
  launch(ordinal: number): Promise<Running>;
  /** Resolves once its redis-server answers. */
  start(ordinal: number): Promise<Running>;
  /** Writes the tenure, with the addresses of as many instances as the spec wants, and with what else it says. */
  appoint(term: number, ordinal: number, more?: Partial<Tenure>): void;
}

/** `part` goes into the spec. */
export async function worldOf(
  context: TestContext,
  instances: number,
  part: Readonly<Record<string, unknown>> = {},
  paces: Paces = {},
): Promise<World> {
  const premises = await preparePremises();
  const spec = { instances, redis: { 'enable-debug-command': 'yes' }, ...part };
  const api = new OneCluster(clusterName.name, clusterName.namespace, spec);
  const started: Running[] = [];
  const launched: Running[] = [];
  context.after(async () => {
    const codes = await Promise.all(started.map((running) => running.stop()));
    // Whoever is still writing to its volume would keep that from being removed.
    await Promise.all(launched.map((running) => running.stop()));
    await premises.remove();
    assert.deepEqual(
      codes.filter((code) => code !== 0),
      [],
      'every instance ends in order',
    );
  });
  const all = Array.from({ length: instances }, (_, ordinal) => ordinal);
  const entry = (ordinal: number) => ({
    role: 'unknown',
    connected: true,
    inSync: true,
    ip: premises.address(ordinal),
  });
  return {
    premises,
    api,
    spec,
    launch: async (ordinal) => {
      const running = await runInstanceOf(premises, api.seenBy(ordinal), ordinal, paces);
      launched.push(running);
      return running;
    },
    start: async (ordinal) => {
      const running = await runInstanceOf(premises, api.seenBy(ordinal), ordinal, paces);
      started.push(running);
      await untilReport(running, 'runs', ({ process }) => process.state === 'running');
      return running;
    },
    appoint: (term, ordinal, more = {}) =>
      api.write({
        status: {
          term,
          targetPrimary: `${clusterName.name}-${ordinal}`,
          instancesStatus: Object.fromEntries(
            all.map((each) => [`${clusterName.name}-${each}`, entry(each)]),
          ),
          ...more,
        },
      }),
  };
}

export const isPrimary = (report: { readonly role: string }): boolean => report.role === 'primary';

/** What an appointment of it in `term` says besides: which process it is, and the first lease. */
export async function appointmentOf(running: Running, term: number): Promise<Partial<Tenure>> {
  const { process, clock } = await running.report();
  return {
    targetPrimaryRun: process.run ?? assert.fail('its redis-server has no name'),
    targetPrimaryGrant: { term, asOf: Math.floor(clock) },
  };
}
