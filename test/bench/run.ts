import { parseArgs } from 'node:util';
import { measureApplyToReady } from './apply-to-ready.ts';
import { measureFailoverCrash } from './failover/crash.ts';
import { measureFailoverFreeze } from './failover/freeze.ts';
import { measureFailoverHung } from './failover/hung.ts';
import { measureFailoverLink } from './failover/link.ts';
import { measureFailoverBaselines } from './failover/sentinel.ts';
import { measureInstanceFootprint } from './instance-footprint.ts';
import { measureOperatorFootprint } from './operator-footprint.ts';
import { measureRolling } from './switchover/rolling.ts';
import { measureSwitchover } from './switchover/switchover.ts';
import { measureThroughput } from './throughput.ts';

/**
 * Measures on the test cluster and prints medians with their counts, each beside its baseline or its target. These
 * machines are noisy: nothing is asserted. Usage: node test/bench/run.ts [NAME...], inside test/cluster/enter;
 * ENGINE_IMAGE chooses the engine, COUNT how often failover-crash kills and switchover hands over.
 */
const measurements: Readonly<Record<string, () => Promise<void>>> = {
  'apply-to-ready': measureApplyToReady,
  'instance-footprint': measureInstanceFootprint,
  throughput: measureThroughput,
  'operator-footprint': measureOperatorFootprint,
  'failover-crash': measureFailoverCrash,
  'failover-baselines': measureFailoverBaselines,
  'failover-link': measureFailoverLink,
  'failover-freeze': measureFailoverFreeze,
  'failover-hung': measureFailoverHung,
  switchover: measureSwitchover,
  rolling: measureRolling,
};

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => measurements[name] === undefined);
if (unknown.length > 0) {
  console.error(
    `no such measurement: ${unknown.join(', ')}; there are ${Object.keys(measurements).join(', ')}`,
  );
  process.exit(2);
}
for (const [name, measure] of Object.entries(measurements)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n${name}`);
  await measure();
}
