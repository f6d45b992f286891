import { systemClock } from '../../internal/time/system-clock.ts';
import { seconds } from '../../internal/time/units.ts';
import { reviveApiServer } from './faults.ts';

/**
 * The watchdog of a test that stops the API server: starts it again when that test has ended, which closes its standard
 * input, or when the time is over. Usage: node test/cluster/revive.ts SECONDS, inside test/cluster/enter.
 */
const limit = seconds(Number(process.argv[2]));
const ended = Promise.withResolvers<void>();
process.stdin.resume().on('close', ended.resolve);
await Promise.race([ended.promise, systemClock.sleep(limit)]);
await reviveApiServer();
process.exit(0);
