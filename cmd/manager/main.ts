import { managerCommit, managerVersion } from '../../internal/version.ts';
import { parseCommand } from './command-line.ts';
import { copyBinary } from './copy-binary.ts';
import { loadController, loadInstance } from './roles.ts';

/** Aborts when the process is told to end. As PID 1 without a listener the kernel would drop the signal. */
function untilToldToEnd(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const command = parseCommand(args, process.env);
  switch (command.kind) {
    case 'controller': {
      const { runController } = await loadController();
      await runController(command.options, signal);
      return 0;
    }
    case 'instance': {
      const { runInstance } = await loadInstance();
      return await runInstance(command.options, signal);
    }
    case 'copyBinary':
      await copyBinary(command.target);
      return 0;
    case 'version':
      process.stdout.write(`manager ${managerVersion} (${managerCommit}), Node ${process.versions.node}\n`);
      return 0;
    case 'check': {
      const { abilities, compiledAhead } = await loadInstance();
      process.stdout.write(`${JSON.stringify({ ...abilities(), compiledAhead })}\n`);
      return 0;
    }
    case 'help':
      process.stdout.write(command.text);
      return 0;
    case 'refused':
      process.stderr.write(`manager: ${command.problem}\n`);
      return 2;
  }
}

const signal = untilToldToEnd();
main(process.argv.slice(2), signal).then(
  (code) => process.exit(code),
  (failure: unknown) => {
    process.stderr.write(`manager: ${failure instanceof Error ? failure.stack : String(failure)}\n`);
    process.exit(1);
  },
);
