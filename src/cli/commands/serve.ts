import { resolve } from 'node:path';
import type { Command } from 'commander';
import { heldExitCode } from '../../daemon/connect.js';
import { hasCode, PeapodError } from '../../errors.js';
import { packageVersion } from '../../kernel/installation.js';
import { buildPaths } from '../../kernel/paths.js';
import { peerUid } from '../../kernel/peer.js';
import type { EngineOptions } from '../../pod/engine.js';
import type { Context } from '../context.js';
import {
  addNetworkOptions,
  type NetworkWords,
  networkArguments,
  readNetworkOptions,
} from '../network-options.js';

interface CommandOptions extends NetworkWords {
  readonly foreground?: boolean;
  readonly onDemand?: boolean;
  readonly allowUnsafeSysctls?: string;
  readonly registryConfig?: string;
}

export function define(command: Command, context: Context): void {
  addNetworkOptions(command);
  command
    .option('--foreground', 'serve in this process, until SIGTERM or SIGINT')
    .option(
      '--allow-unsafe-sysctls <names>',
      'let pods set these, too, parted by commas; net.core.* is all that begin so',
    )
    .option(
      '--registry-config <file>',
      'how registries are reached (PEAPOD_REGISTRY_CONFIG, /etc/peapod/registries.json)',
    )
    .option('--on-demand', 'give way quietly to a daemon that is faster')
    .addHelpText(
      'after',
      `
Examples:
  peapod serve
  peapod serve --pod-cidr 10.85.0.0/16,fd00:85::/64
  peapod serve --foreground --root /tmp/lab

How the network is set up is kept for the daemons that come after.`,
    )
    .action((options: CommandOptions) =>
      options.foreground ? runHere(options, context) : start(options, context),
    );
  const hidden = command.options.find((option) => option.long === '--on-demand');
  hidden?.hideHelp();
}

/** As any command does that needs a daemon. */
async function start(
  { allowUnsafeSysctls, registryConfig, ...words }: CommandOptions,
  context: Context,
): Promise<void> {
  if (allowUnsafeSysctls !== undefined) {
    throw new PeapodError('PEAPOD_USAGE', '--allow-unsafe-sysctls goes with --foreground only', {
      hint: 'A daemon that a command starts would not know of it: have systemd run `peapod serve --foreground`',
    });
  }
  const daemonArguments = [...networkArguments(words), ...registryArguments(registryConfig)];
  // What is no number is told here rather than by a daemon that fails to start.
  readNetworkOptions(words, {});
  if (daemonArguments.length > 0) await refuseServed(context);
  await context.engine(daemonArguments);
  context.print(`peapod serves on ${buildPaths(context.root).socket}`);
}

/** A daemon takes its settings at its start. */
async function refuseServed({ cli, root }: Context): Promise<void> {
  const running = await cli.connect({ root }).catch(ignoreUnreachable);
  if (running === undefined) return;
  await running.close();
  throw new PeapodError('PEAPOD_CONFLICT', 'Cannot start with these settings: a daemon serves already', {
    hint: 'End that one first, with SIGTERM; its pods run on',
  });
}

function ignoreUnreachable(error: unknown): undefined {
  if (!hasCode(error, 'PEAPOD_DAEMON_UNREACHABLE')) throw error;
}

async function runHere({ onDemand, ...options }: CommandOptions, context: Context): Promise<void> {
  const { root } = context;
  const { serve } = await import('../../daemon/serve.js');
  const { openEngine } = await import('../../pod/engine.js');
  const stopped = untilSignal();
  try {
    const daemon = await serve({
      root,
      version: packageVersion(),
      openEngine: () => openEngine(engineOptions(options, context)),
      peerUid,
    });
    await stopped;
    await daemon.stop();
  } catch (error) {
    if (!onDemand || !hasCode(error, 'PEAPOD_ROOT_HELD')) throw error;
    context.exitCode = heldExitCode;
  }
}

/** The daemon works in `/`. */
function registryArguments(path: string | undefined): string[] {
  return path === undefined ? [] : ['--registry-config', resolve(path)];
}

function engineOptions(
  { allowUnsafeSysctls, registryConfig, ...words }: CommandOptions,
  { root, cli }: Context,
): EngineOptions {
  const network = readNetworkOptions(words, cli.env);
  const registryFile = registryConfig ?? cli.env.PEAPOD_REGISTRY_CONFIG;
  const names = allowUnsafeSysctls?.split(',').map((name) => name.trim());
  return {
    network,
    dnsByDefault: true,
    ...(root !== undefined && { root }),
    ...(registryFile && { registryConfig: resolve(registryFile) }),
    ...(names && { allowedUnsafeSysctls: names }),
  };
}

/** A signal during the start is kept: the daemon then stops as soon as it has started. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve());
  });
}
