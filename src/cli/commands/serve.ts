import type { Command } from 'commander';
import { heldExitCode } from '../../daemon/connect.js';
import { hasCode } from '../../errors.js';
import { packageVersion } from '../../kernel/installation.js';
import { buildPaths } from '../../kernel/paths.js';
import { peerUid } from '../../kernel/peer.js';
import type { Context } from '../context.js';

interface CommandOptions {
  readonly foreground?: boolean;
  readonly onDemand?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option('--foreground', 'serve in this process, until SIGTERM or SIGINT')
    .option('--on-demand', 'give way quietly to a daemon that is faster')
    .addHelpText('after', '\nExamples:\n  peapod serve\n  peapod serve --foreground --root /tmp/lab')
    .action((options: CommandOptions) => (options.foreground ? runHere(options, context) : start(context)));
  const hidden = command.options.find((option) => option.long === '--on-demand');
  hidden?.hideHelp();
}

/** As any command does that needs a daemon. */
async function start(context: Context): Promise<void> {
  await context.engine();
  context.print(`peapod serves on ${buildPaths(context.root).socket}`);
}

async function runHere({ onDemand }: CommandOptions, context: Context): Promise<void> {
  const { root } = context;
  const { serve } = await import('../../daemon/serve.js');
  const { openEngine } = await import('../../pod/engine.js');
  const stopped = untilSignal();
  try {
    const daemon = await serve({
      root,
      version: packageVersion(),
      openEngine: () => openEngine(root === undefined ? {} : { root }),
      peerUid,
    });
    await stopped;
    await daemon.stop();
  } catch (error) {
    if (!onDemand || !hasCode(error, 'PEAPOD_ROOT_HELD')) throw error;
    context.exitCode = heldExitCode;
  }
}

/** A signal during the start is kept: the daemon then stops as soon as it has started. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve());
  });
}
