import type { Command } from 'commander';
import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Context } from '../context.js';
import { parseKindAndPods } from '../kinds.js';
import { podHeader, podRow } from '../pod-table.js';
import { checkFormat, listOf, printObject } from '../print-objects.js';
import { renderTable } from '../table.js';
import { watchPods } from '../watch-pods.js';

interface GetOptions {
  readonly output?: string;
  readonly watch?: boolean;
  readonly headers: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<words...>', 'pods, pod NAME or pod/NAME')
    .option('-o, --output <format>', 'wide, json, yaml, name or jsonpath=TEMPLATE')
    .option('-w, --watch', 'go on printing changes')
    .option('--no-headers', 'print no header')
    .addHelpText(
      'after',
      "\nExamples:\n  peapod get pods -o wide\n  peapod get pod web -o jsonpath='{.status.phase}'",
    )
    .action((words: string[], options: GetOptions) => get(words, options, context));
}

async function get(words: readonly string[], options: GetOptions, context: Context): Promise<void> {
  checkFormat(options.output);
  const names = parseKindAndPods(words, context);
  const engine = await context.engine();
  const pods =
    names.length === 0 ? await engine.list() : await Promise.all(names.map((name) => engine.get(name)));
  if (options.watch) return await watchPods(pods, { ...options, names }, context);
  await print(pods, names.length === 1, options, context);
}

async function print(pods: Pod[], isOne: boolean, options: GetOptions, context: Context): Promise<void> {
  const { output } = options;
  if (output === 'name') {
    for (const pod of pods) context.print(`pod/${pod.metadata?.name}`);
  } else if (output === undefined || output === 'wide') printTable(pods, options, context);
  else await printObject(context, output, isOne ? pods[0] : listOf(pods));
}

function printTable(pods: readonly Pod[], { output, headers }: GetOptions, context: Context): void {
  const isWide = output === 'wide';
  const rows = pods.map((pod) => podRow(pod, isWide));
  if (pods.length === 0) context.warn('No pods found.');
  else context.print(renderTable(headers ? [podHeader(isWide), ...rows] : rows));
}
