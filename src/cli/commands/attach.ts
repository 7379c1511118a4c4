import type { Command } from 'commander';
import type { Context } from '../context.js';
import { runSession } from '../run-session.js';
import { Terminal } from '../use-terminal.js';

interface CommandOptions {
  readonly container?: string;
  readonly stdin?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<pod>', 'NAME or pod/NAME')
    .option('-i, --stdin', 'pass stdin on')
    .option('-t, --tty', 'as the container is: accepted for the hands used to it')
    .option('-c, --container <name>', 'the container, when the pod has several')
    .addHelpText('after', '\nExample:\n  peapod attach -i web -c shell')
    .action((pod: string, options: CommandOptions) => attach(pod, options, context));
}

async function attach(pod: string, options: CommandOptions, context: Context): Promise<void> {
  context.exitCode = 125;
  const name = context.podName(pod);
  const { container, stdin } = options;
  const engine = await context.engine();
  const session = await engine.attach(name, {
    stdin: stdin ?? false,
    ...(container === undefined ? {} : { container }),
  });
  // A container with a terminal has one stream of output.
  const terminal =
    session.stderr === null && context.cli.stdout.isTTY ? new Terminal(context.cli) : undefined;
  const size = terminal?.size();
  if (size !== undefined) session.resize(size);
  context.exitCode = await runSession(session, { terminal, context });
}
