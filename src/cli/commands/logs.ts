import type { Command } from 'commander';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { PeapodError } from '../../errors.js';
import type { LogOptions } from '../../pod/engine-api.js';
import type { Context } from '../context.js';
import { readCount, readDuration } from '../duration.js';
import { LogPrinter } from '../log-printer.js';
import { mergeLogs } from '../merge-logs.js';

interface CommandOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tail: string;
  readonly since?: string;
  readonly timestamps?: boolean;
  readonly allContainers?: boolean;
  readonly prefix?: boolean;
  readonly raw?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<pod>', 'NAME or pod/NAME')
    .argument('[container]', 'as -c')
    .option('-c, --container <name>', 'the container, when the pod has several')
    .option('-f, --follow', 'go on printing what is written')
    .option('-p, --previous', 'the run before the last restart')
    .option('--tail <lines>', 'only the last lines; -1 is all', '-1')
    .option('--since <duration>', 'only what is younger, for example 10m')
    .option('--timestamps', 'the time in front of each line')
    .option('--all-containers', 'all containers, in the order of time')
    .option('--prefix', "pod and container's name in front of each line")
    .option('--raw', 'control characters to the terminal as they are')
    .addHelpText('after', '\nExamples:\n  peapod logs web -f\n  peapod logs web -c nginx --tail 20')
    .action((pod: string, container: string | undefined, options: CommandOptions) =>
      logs(pod, { ...options, ...(container && { container }) }, context),
    );
}

async function logs(word: string, options: CommandOptions, context: Context): Promise<void> {
  const name = context.podName(word);
  const logOptions = parseOptions(options);
  const engine = await context.engine();
  const containers = await chooseContainers(name, options, context);
  const sources = containers.map((container) =>
    engine.logs(name, { ...logOptions, ...(container === undefined ? {} : { container }) }),
  );
  const printers = containers.map((container) =>
    makePrinter(`[pod/${name}/${container}] `, options, context),
  );
  for await (const { source, chunk } of mergeLogs(sources, { isLive: options.follow ?? false }))
    await printers[source]?.print(chunk);
}

function makePrinter(prefix: string, options: CommandOptions, { cli }: Context): LogPrinter {
  return new LogPrinter(cli.stdout, {
    prefix: options.prefix ? prefix : '',
    timestamps: options.timestamps ?? false,
    isEscaped: cli.stdout.isTTY === true && !options.raw,
  });
}

function parseOptions({ tail, since, follow, previous, timestamps }: CommandOptions): LogOptions {
  return {
    ...(tail === '-1' ? {} : { tail: readCount(tail, '--tail') }),
    ...(since === undefined ? {} : { sinceMs: Date.now() - readDuration(since, '--since') }),
    follow: follow ?? false,
    previous: previous ?? false,
    timestamps: timestamps ?? false,
  };
}

/** Undefined is the pod's own choice. A prefix needs the name, so the pod is then asked for it. */
async function chooseContainers(
  name: string,
  { container, allContainers, prefix }: CommandOptions,
  context: Context,
): Promise<(string | undefined)[]> {
  if (allContainers && container !== undefined)
    throw new PeapodError('PEAPOD_USAGE', 'Give either --all-containers or a container');
  if (!allContainers && (container !== undefined || !prefix)) return [container];
  const names = containerNames(await (await context.engine()).get(name));
  return allContainers || names.length === 1 ? names : [undefined];
}

function containerNames({ spec }: Pod): string[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((container) => container.name);
}
