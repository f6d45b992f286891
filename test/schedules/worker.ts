import { killServers } from './inflict.ts';
import { playSome } from './play.ts';

/** What run.ts asks of a worker: play these, and answer each verdict. The channel closes when that is done. */
export interface Task {
  readonly engine: { readonly name: string; readonly searchPath: string };
  readonly seeds: readonly number[];
}

// However we end, no server stays behind.
process.on('exit', killServers);
for (const name of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(name, () => process.exit(1));
process.on('message', ({ engine, seeds }: Task) => {
  playSome(engine, seeds, (verdict) => process.send?.(verdict)).then(
    () => process.exit(0),
    (failure) => {
      console.error(failure);
      process.exit(1);
    },
  );
});
