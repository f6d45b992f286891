import { kubectl } from '../../e2e/kubectl.ts';

const where = ['deployment/redis-operator', '-n', 'redis-operator-system'] as const;
const flag = '--no-instance-events';

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
    };
  };
}

/** Runs `use` with an operator that hears of nothing unless it asks, and has the usual one back afterwards. */
export async function whilePolling(use: () => Promise<void>): Promise<void> {
  const { spec } = JSON.parse(await kubectl('get', ...where, '-o', 'json')) as Deployment;
  const usual = spec.template.spec.containers[0]?.args ?? [];
  await restartWith([...usual, flag]);
  try {
    await use();
  } finally {
    await restartWith(usual);
  }
}

async function restartWith(args: readonly string[]): Promise<void> {
  const change = [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: args }];
  await kubectl('patch', ...where, '--type=json', `-p=${JSON.stringify(change)}`);
  await kubectl('rollout', 'status', ...where, '--timeout=180s');
}
