import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Engine } from '../cluster/engines/engines.ts';

/** One thing that must hold. A command counts as one test; of test files every test counts, and none is a failure. */
export type Step =
  | { readonly kind: 'command'; readonly name: string; readonly command: readonly string[] }
  | {
      readonly kind: 'tests';
      readonly name: string;
      readonly files: readonly string[];
      /** Where the tests run: beside the test cluster, or on this machine alone. */
      readonly place: 'cluster' | 'machine';
      readonly engine?: Engine;
    };

/**
 * Stages follow one another. The lanes of a stage are run at once, and what each step prints comes when it has ended; a
 * step in `beside` mostly waits, so everything after it goes on beside it, but for the lanes of `afterAll`: they wait for it.
 */
export type Stage =
  | Step
  | { readonly lanes: readonly Lane[] }
  | { readonly beside: Step }
  | { readonly afterAll: readonly Lane[] };

/** Steps in their order, as many at once as there are workers. */
export interface Lane {
  readonly workers: number;
  readonly steps: readonly Step[];
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

/** The longest first: what is left at the end keeps one processor busy alone. */
const checkSteps: readonly Step[] = [
  { kind: 'tests', name: 'stories', files: ['internal/simulation/stories.test.ts'], place: 'machine' },
  {
    kind: 'tests',
    name: 'tales, mutants and models',
    files: ['internal/simulation/!(stories).test.ts', testFilesIn('internal/simulation/*')],
    place: 'machine',
  },
  tests('unit tests and laws', unitFolders),
  command('format and lint', ['node_modules/.bin/biome', 'ci']),
  command('types', ['node_modules/.bin/tsc']),
  command('generated files are fresh', ['node', 'build/generate.ts', '--verify']),
];

/** What can be known within a minute, without a cluster: on two processors all of it at once. */
export const checkStages: readonly Stage[] = [{ lanes: [{ workers: checkSteps.length, steps: checkSteps }] }];

/** How many clusters the operator of the tests updates at once: files that have nothing to do with one another share it. */
const many = 20;
/** Two keep the processors busy; one more waits for its clusters most of the time. */
const machineWorkers = 2;
/** A test of a cluster waits for pods most of the time; with more of them at once Kubernetes itself is what is waited for. */
const clusterWorkers = 3;

/**
 * Everything that must hold: the binary and the cluster are made first, unless they are there, since what waits for ten
 * minutes begins as soon as there is a cluster, and all the rest goes on beside it. What needs the operator for itself
 * has the cluster for itself, while everything that needs none is run.
 */
export function allStages(engines: readonly Engine[]): readonly Stage[] {
  return [
    command('build the binary', ['node', 'build/binary.ts']),
    command('make the image', ['node', 'build/image.ts']),
    command('start the test cluster', ['node', 'test/cluster/up.ts']),
    command('load the image', ['node', 'test/cluster/load.ts', 'dist/image/redis-operator-linux-amd64.tar']),
    command('install the operator', [
      enter,
      'node',
      'build/deploy.ts',
      `--argument=--max-concurrent-rollouts=${many}`,
    ]),
    ...engines.slice(0, 1).map((engine) => ({ beside: onCluster('idle', 'test/idle', engine) })),
    {
      lanes: [
        { workers: 1, steps: [tests('end to end, alone', ['test/e2e/alone'], 'cluster')] },
        {
          workers: machineWorkers,
          steps: [...checkSteps, ...machineSteps, ...engines.slice(0, 1).flatMap(ofAnInstance)],
        },
      ],
    },
    // Kubelets take minutes to bring a Secret, and a former password is taken for five more.
    ...engines.map((engine) => ({ beside: fileOnCluster('end to end, life', password, engine) })),
    { lanes: [{ workers: clusterWorkers, steps: endToEnd(engines) }] },
    {
      afterAll: [
        { workers: 1, steps: [tests('end to end, nodes', ['test/e2e/nodes'], 'cluster')] },
        { workers: 1, steps: engines.slice(1).flatMap(ofAnInstance) },
      ],
    },
  ];
}

const machineSteps: readonly Step[] = [
  tests('contract tests of the API', ['test/contract/api-v1', 'test/contract/kube']),
  tests('the binary', ['test/binary']),
  command('explore the protocol of failover', ['node', 'test/model/run.ts']),
];

/** They mostly wait for a real redis-server, and for leases of seconds. */
const ofAnInstance = (engine: Engine): readonly Step[] =>
  filesIn('test/contract/instance').map((file) => fileOnCluster('contract of an instance', file, engine));

/** A step for each file and engine: each file makes namespaces of its own. What takes longest begins. */
function endToEnd(engines: readonly Engine[]): readonly Step[] {
  const [first] = engines;
  if (first === undefined) return [];
  const named = (file: string, engine: Engine): Step =>
    fileOnCluster(`end to end, ${basename(dirname(file))}`, file, engine);
  const withEach = (folder: string): readonly Step[] =>
    filesIn(`test/e2e/${folder}`).flatMap((file) => engines.map((engine) => named(file, engine)));
  // What is between the operator and Kubernetes alone is the same for every engine: it is seen with one, in turn.
  const inTurn = (folder: string): readonly Step[] =>
    filesIn(`test/e2e/${folder}`).map((file, index) => named(file, engines[index % engines.length] ?? first));
  return [
    named(rollout, first),
    ...engines.toReversed().map((engine) => named(config, engine)),
    ...inTurn('hostile'),
    ...withEach('failover'),
    ...withEach('planned'),
    ...inTurn('kubernetes'),
    ...withEach('life'),
  ];
}

const rollout = 'test/e2e/planned/rollout.test.ts';
const config = 'test/e2e/planned/config.test.ts';
const password = 'test/e2e/life/password.test.ts';
const elsewhere: readonly string[] = [rollout, config, password];

const filesIn = (folder: string): readonly string[] =>
  globSync(testFilesIn(folder))
    .filter((file) => !elsewhere.includes(file))
    .toSorted();

function fileOnCluster(what: string, file: string, engine: Engine): Step {
  const name = `${what}: ${basename(file, '.test.ts')}, ${engine.name} ${engine.version}`;
  return { kind: 'tests', name, files: [file], place: 'cluster', engine };
}

function command(name: string, words: readonly string[]): Step {
  return { kind: 'command', name, command: words };
}

function tests(name: string, folders: readonly string[], place: 'cluster' | 'machine' = 'machine'): Step {
  return { kind: 'tests', name, files: folders.map(testFilesIn), place };
}

function onCluster(name: string, folder: string, engine: Engine): Step {
  const fullName = `${name}, ${engine.name} ${engine.version}`;
  return { kind: 'tests', name: fullName, files: [testFilesIn(folder)], place: 'cluster', engine };
}

function testFilesIn(folder: string): string {
  return `${folder}/**/*.test.ts`;
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
