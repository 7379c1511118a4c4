import type { Command } from 'commander';
import type { ExecOptions } from '../../pod/engine-api.js';
import { collect } from '../collect.js';
import type { Context } from '../context.js';
import { explainExec } from '../exec-error.js';
import { runSession } from '../run-session.js';
import { useTerminal } from '../use-terminal.js';

interface CommandOptions {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  readonly env?: string[];
}

export function define(command: Command, context: Context): void {
  command
    .argument('<pod>', 'NAME or pod/NAME')
    .argument('<command...>', 'the program and its arguments')
    .option('-i, --stdin', 'pass stdin on')
    .option('-t, --tty', 'give it a terminal')
    .option('-c, --container <name>', 'the container, when the pod has several')
    .option('-u, --user <user>', 'user or uid, with :group if wanted')
    .option('-w, --workdir <dir>', 'directory to start in')
    .option('-e, --env <name=value>', 'set a variable', collect)
    .addHelpText(
      'after',
      "\nExamples:\n  peapod exec -it web -- sh\n  peapod exec web -c nginx -- ls -l /\n\nThe exit code is the program's own; 126: cannot be executed, 127: not found, 125: peapod failed.",
    )
    .action((pod: string, words: string[], options: CommandOptions) =>
      exec({ pod, words }, options, context),
    );
}

async function exec(
  { pod, words }: { pod: string; words: string[] },
  options: CommandOptions,
  context: Context,
): Promise<void> {
  // Whatever fails from here on is peapod's failure, not the program's.
  context.exitCode = 125;
  const name = context.podName(pod);
  const terminal = useTerminal(options, context.cli);
  const engine = await context.engine();
  const session = await engine
    .exec(name, buildOptions(words, { ...options, tty: terminal !== undefined }, terminal?.size()))
    .catch((error) => {
      context.exitCode = explainExec(error);
      throw error;
    });
  context.exitCode = await runSession(session, { terminal, context });
}

function buildOptions(command: string[], options: CommandOptions, size: ExecOptions['size']): ExecOptions {
  const { container, stdin, tty, user, workdir, env } = options;
  return {
    command,
    stdin: stdin ?? false,
    tty: tty ?? false,
    ...(container === undefined ? {} : { container }),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { cwd: workdir }),
    ...(env === undefined ? {} : { env }),
    ...(size === undefined ? {} : { size }),
  };
}
