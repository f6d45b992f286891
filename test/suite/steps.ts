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
 * Steps follow one another. A list of steps is run at once, and what each prints comes when it has ended; a step in
 * `beside` mostly waits, so everything after it goes on beside it, but for one in `afterAll`: that waits for it.
 */
export type Stage = Step | readonly Step[] | { readonly beside: Step } | { readonly afterAll: Step };

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

/** What can be known within a minute, without a cluster: on two processors all of it at once. */
export const checkStages: readonly Stage[] = [
  [
    tests('stories and models', ['internal/simulation']),
    tests('unit tests and laws', unitFolders),
    command('format and lint', ['node_modules/.bin/biome', 'ci']),
    command('types', ['node_modules/.bin/tsc']),
    command('generated files are fresh', ['node', 'build/generate.ts', '--verify']),
  ],
];

/**
 * Everything that must hold: the binary and the cluster are made first, unless they are there, since what waits for ten
 * minutes begins as soon as there is a cluster, and all the rest goes on beside it.
 */
export function allStages(engines: readonly Engine[]): readonly Stage[] {
  return [
    command('build the binary', ['node', 'build/binary.ts']),
    command('make the image', ['node', 'build/image.ts']),
    command('start the test cluster', ['node', 'test/cluster/up.ts']),
    command('load the image', ['node', 'test/cluster/load.ts', 'dist/image/redis-operator-linux-amd64.tar']),
    command('install the operator', [enter, 'node', 'build/deploy.ts']),
    ...engines.slice(0, 1).map((engine) => ({ beside: onCluster('idle', 'test/idle', engine) })),
    ...checkStages,
    command('explore the protocol of failover', ['node', 'test/model/run.ts']),
    tests('the binary', ['test/binary']),
    [
      tests('contract tests of the API', ['test/contract/api-v1', 'test/contract/kube']),
      ...engines.map((engine) =>
        onCluster('contract tests of an instance', 'test/contract/instance', engine),
      ),
    ],
    tests('end to end, alone', ['test/e2e/alone'], 'cluster'),
    [
      ...engines.map((engine) => onCluster('end to end, life', 'test/e2e/life', engine)),
      ...engines.slice(0, 1).map((engine) => onCluster('end to end, hostile', 'test/e2e/hostile', engine)),
    ],
    engines.map((engine) => onCluster('end to end, failover', 'test/e2e/failover', engine)),
    engines.map((engine) => onCluster('end to end, planned', 'test/e2e/planned', engine)),
    { afterAll: tests('end to end, nodes', ['test/e2e/nodes'], 'cluster') },
  ];
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
