import { availableParallelism } from 'node:os';
import { Players, playSeeds } from '../../internal/simulation/players.ts';
import type { Outcome } from '../../internal/simulation/repertoire.ts';
import { play } from '../../internal/simulation/story.ts';
import { systemClock } from '../../internal/time/system-clock.ts';
import { between } from '../../internal/time/units.ts';

/**
 * Plays fresh stories on all processors: node test/stories/run.ts COUNT [FIRST SEED]
 * or tells one of them: node test/stories/run.ts tell SEED
 */
const [what = '1000', first] = process.argv.slice(2);
if (what === 'tell') await tell(Number(first));
else await playAll(Number(what), first === undefined ? freshSeed() : Number(first));

/** Another one each time: stories that nobody has played yet. */
function freshSeed(): number {
  return Math.floor(systemClock.now() % 1_000_000_000);
}

async function tell(seed: number): Promise<void> {
  const story = await play(seed);
  console.log(JSON.stringify(story.plan));
  for (const { at, text } of story.told) console.log(`${(at / 1000).toFixed(3).padStart(8)}  ${text}`);
  console.log(story.broken?.message ?? 'all is well');
  process.exitCode = story.broken === undefined ? 0 : 1;
}

async function playAll(count: number, first: number): Promise<void> {
  const started = systemClock.monotonic();
  console.log(`${count} stories from seed ${first} on`);
  let done = 0;
  let failed = 0;
  const hear = (seed: number, { broken }: Outcome): void => {
    done += 1;
    if (broken !== undefined) {
      failed += 1;
      console.log(`✗ seed ${seed}: ${broken} (node test/stories/run.ts tell ${seed})`);
    }
    if (done % Math.ceil(count / 20) !== 0) return;
    const passed = between(started, systemClock.monotonic()) / 1000;
    console.log(`${done} of ${count}, ${failed} failed, ${passed.toFixed(0)} s`);
  };
  await playSeeds({ first, count }, new Players(availableParallelism()), hear);
  console.log(`${count - failed} of ${count} stories hold`);
  process.exitCode = failed === 0 ? 0 : 1;
}
