import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Engine } from '../cluster/engines/engines.ts';
import type { Turn } from '../cluster/niceness.ts';

/** One thing that must hold. A command counts as one test; of test files every test counts, and none is a failure. */
export type Step = (Command | Tests) & {
  /** It is about another cluster than the usual one, of this name. */
  readonly cluster?: string;
  /** When it is given a processor that others want too: a fair share of it, unless it is said. */
  readonly turn?: Turn;
  /** It may take minutes, and says how far it is: that is seen at once, whatever others print. */
  readonly tells?: boolean;
};

interface Command {
  readonly kind: 'command';
  readonly name: string;
  readonly command: readonly string[];
}

interface Tests {
  readonly kind: 'tests';
  readonly name: string;
  readonly files: readonly string[];
  /** Where the tests run: beside the test cluster, or on this machine alone. */
  readonly place: 'cluster' | 'machine';
  readonly engine?: Engine;
}

/** Stages follow one another. The lanes of a stage are run at once, and what each step prints comes when it has ended. */
export type Stage = Step | { readonly lanes: readonly Lane[] };

/** What follows one another beside other lanes. */
export type Lane = readonly Phase[];

/** Steps in their order, as many at once as there are workers. */
export interface Phase {
  readonly workers: number;
  readonly steps: readonly Step[];
  /** Each begins only when the processors have room for it. */
  readonly gently?: boolean;
  /** It is left out where something before it in its lane was late or failed: that is run again, or looked into. */
  readonly ifAllIsWell?: boolean;
}

const unitFolders = [
  'api',
  'build',
  'cmd',
  'internal/!(simulation)',
  'webhooks',
  'test/cluster',
  'test/suite',
  'test/tidy',
];
const enter = 'test/cluster/enter';

/** What reads every file and runs none. */
const quick: readonly Step[] = [
  command('format and lint', ['node_modules/.bin/biome', 'ci']),
  command('types', ['node_modules/.bin/tsc']),
  command('generated files are fresh', ['node', 'build/generate.ts', '--verify']),
];
const stories: Step = {
  kind: 'tests',
  name: 'stories',
  files: ['internal/simulation/stories.test.ts'],
  place: 'machine',
};
const tales: Step = {
  kind: 'tests',
  name: 'tales, mutants and models',
  files: ['internal/simulation/!(stories).test.ts', testFilesIn('internal/simulation/*')],
  place: 'machine',
};
const units = tests('unit tests and laws', unitFolders);
const checkSteps: readonly Step[] = [stories, tales, units, ...quick];

/** What can be known within a minute, without a cluster: on two processors all of it at once. */
export const checkStages: readonly Stage[] = [
  { lanes: [[{ workers: checkSteps.length, steps: checkSteps }]] },
];

/** How many clusters the operator of the tests updates at once: files that have nothing to do with one another share it. */
const many = 20;
/** Tests wait for pods or leases most of the time; with more of them at once Kubernetes itself is what is waited for. */
const workers = 4;
/** So many steps the contracts of an instance are with each engine: some of their files take no longer than a step to begin. */
const instanceSteps = 4;

/**
 * Everything that must hold: the binary and the clusters are made first, unless they are there. What needs nodes, operator and API
 * server for itself has a cluster of its own where there may be several, and begins. What waits for minutes goes on beside that, and
 * whatever else there is room for. What only computes comes at the end, when others leave a processor free: in the middle of
 * everything it would take half as much processor time again, and slow down all the rest.
 */
export function allStages(engines: readonly Engine[], mayBeSeveral: boolean): readonly Stage[] {
  if (!mayBeSeveral) return [...making, start, ...install, { lanes: onOneCluster(engines) }];
  // The programs of a cluster are built by the first that wants them.
  const starting = [start, onAnother('alone')(start)];
  return [
    { lanes: [[phase(1, making)], [phase(1, starting)]] },
    { lanes: [[phase(1, install)], [phase(1, install.map(onAnother('alone')))]] },
    { lanes: onSeveralClusters(engines) },
  ];
}

function onSeveralClusters(engines: readonly Engine[]): readonly Lane[] {
  const waiting = waitingFor(engines);
  const others = [...machineSteps, ...engines.flatMap(ofAnInstance), ...endToEndOf(engines)];
  return [
    [phase(waiting.length, waiting)],
    [
      gently(1, [nodes, absence].map(onAnother('alone'))),
      { ...phase(1, [onAnother('alone')(end)]), ifAllIsWell: true },
    ],
    [gently(workers, [...others, ...computing])],
  ];
}

function onOneCluster(engines: readonly Engine[]): readonly Lane[] {
  return [
    [phase(1, [nodes, absence]), phase(workers, [...waitingFor(engines), ...endToEndOf(engines)])],
    [phase(1, [...machineSteps, ...engines.flatMap(ofAnInstance), ...computing])],
  ];
}

const making: readonly Step[] = [
  command('build the binary', ['node', 'build/binary.ts']),
  command('make the image', ['node', 'build/image.ts']),
];
const start: Step = { ...command('start the test cluster', ['node', 'test/cluster/up.ts']), tells: true };
/** Even an empty one takes a fifth of a processor. */
const end = command('end the test cluster', ['node', 'test/cluster/down.ts']);
const install: readonly Step[] = [
  command('load the image', ['node', 'test/cluster/load.ts', 'dist/image/redis-operator-linux-amd64.tar']),
  command('install the operator', [
    enter,
    'node',
    'build/deploy.ts',
    `--argument=--max-concurrent-rollouts=${many}`,
  ]),
];

/** It only computes, and leaves the processors to every test that waits for something. */
const comesLast = (step: Step): Step => ({ ...step, turn: 'last' });
const phase = (workers: number, steps: readonly Step[]): Phase => ({ workers, steps });
const gently = (workers: number, steps: readonly Step[]): Phase => ({ workers, steps, gently: true });
const onAnother =
  (cluster: string) =>
  (step: Step): Step => ({ ...step, cluster, name: `${step.name} (the cluster "${cluster}")` });

const machineSteps: readonly Step[] = [
  tests('contract tests of the API', ['test/contract/api-v1', 'test/contract/kube']),
  tests('the binary', ['test/binary']),
];
/** Of each scope that has more of them; with those of the others that is nearly two millions. `make model` explores more. */
const states = 100_000;
const computing: readonly Step[] = [
  stories,
  command('explore the protocol of failover', ['node', 'test/model/run.ts', String(states)]),
  units,
  tales,
  ...quick,
].map(comesLast);

const nodes = tests('end to end, nodes', ['test/e2e/nodes'], 'cluster');
const absence = tests('end to end, without the operator', ['test/e2e/alone'], 'cluster');
/**
 * They do little but wait: one for ten idle minutes; the other since kubelets take minutes to bring a Secret, and a former
 * password is taken for five more.
 */
const waitingFor = (engines: readonly Engine[]): readonly Step[] =>
  engines
    .slice(0, 1)
    .flatMap((engine) => [onCluster('idle', [testFilesIn('test/idle')], engine), endToEnd(password, engine)]);

/** They mostly wait for a real redis-server, and for leases of seconds, which are held beside the test. */
const ofAnInstance = (engine: Engine): readonly Step[] =>
  Array.from({ length: instanceSteps }, (_, part) => ({
    ...onCluster(
      `contracts of an instance, ${part + 1} of ${instanceSteps}`,
      filesIn('test/contract/instance').filter((_file, place) => place % instanceSteps === part),
      engine,
    ),
    turn: 'first',
  }));

const endToEnd = (file: string, engine: Engine): Step =>
  onCluster(`end to end, ${basename(dirname(file))}: ${basename(file, '.test.ts')}`, [file], engine);

/**
 * What is between the operator and Kubernetes alone is the same for every engine, and what only an instance has to do with its
 * engine is a contract of it: that is seen with one, in turn.
 */
const inTurn = (engines: readonly Engine[], folder: string): readonly Step[] =>
  filesIn(`test/e2e/${folder}`).flatMap((file, index) => {
    const engine = engines[index % engines.length];
    return engine === undefined ? [] : [endToEnd(file, engine)];
  });

/** A step for each file and engine: each file makes namespaces of its own. What takes longest begins. */
function endToEndOf(engines: readonly Engine[]): readonly Step[] {
  const [first, last] = [engines[0], engines.at(-1)];
  if (first === undefined || last === undefined) return [];
  const withEach = (folder: string): readonly Step[] =>
    filesIn(`test/e2e/${folder}`).flatMap((file) => engines.map((engine) => endToEnd(file, engine)));
  return [
    endToEnd(rollout, first),
    endToEnd(config, last),
    endToEnd(restart, last),
    ...inTurn(engines, 'hostile'),
    ...withEach('failover'),
    ...withEach('planned'),
    ...inTurn(engines, 'kubernetes'),
    ...withEach('life'),
  ];
}

const rollout = 'test/e2e/planned/rollout.test.ts';
const config = 'test/e2e/planned/config.test.ts';
const restart = 'test/e2e/planned/restart.test.ts';
const password = 'test/e2e/life/password.test.ts';
const seenOnce: readonly string[] = [rollout, config, restart, password];

const filesIn = (folder: string): readonly string[] =>
  globSync(testFilesIn(folder))
    .filter((file) => !seenOnce.includes(file))
    .toSorted();

function command(name: string, words: readonly string[]): Step {
  return { kind: 'command', name, command: words };
}

function tests(name: string, folders: readonly string[], place: 'cluster' | 'machine' = 'machine'): Step {
  return { kind: 'tests', name, files: folders.map(testFilesIn), place };
}

function onCluster(name: string, files: readonly string[], engine: Engine): Step {
  const fullName = `${name}, ${engine.name} ${engine.version}`;
  return { kind: 'tests', name: fullName, files, place: 'cluster', engine };
}

function testFilesIn(folder: string): string {
  return `${folder}/**/*.test.ts`;
}

/** The step with these files alone. A test that another file lends to the test file is nowhere to be run: then it is all of them. */
export function onlyIn(files: readonly string[], step: Step): Step {
  const known = files.length > 0 && files.every((file) => file.endsWith('.test.ts'));
  return step.kind === 'tests' && known ? { ...step, files } : step;
}

/** The command of a step; `countsFile` is where test files leave their counts. */
export function commandOf(step: Step, countsFile: string): readonly string[] {
  switch (step.kind) {
    case 'command':
      return step.command;
    case 'tests': {
      const place = step.place === 'cluster' ? [enter] : [];
      const reporters = [
        ['spec', 'stdout'],
        ['./test/suite/counting-reporter.ts', countsFile],
      ];
      const flags = reporters.flatMap(([reporter, destination]) => [
        `--test-reporter=${reporter}`,
        `--test-reporter-destination=${destination}`,
      ]);
      // A test that failed half-way may have left connections open, which would keep its process from ending for ever.
      const node = ['node', '--test', '--test-isolation=none', '--test-force-exit'];
      return [...place, ...node, ...flags, ...step.files];
    }
  }
}
