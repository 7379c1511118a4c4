import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { Context } from '../context.js';
import { parsePods } from '../kinds.js';
import { checkFormat, printObject } from '../print-objects.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<pod...>', 'NAME, pod NAME or pod/NAME')
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE', 'json')
    .addHelpText(
      'after',
      "\nExamples:\n  peapod inspect web\n  peapod inspect web -o jsonpath='{.sandbox.pid}'",
    )
    .action((words: string[], { output }: { output: string }) => inspect(words, output, context));
}

async function inspect(words: readonly string[], output: string, context: Context): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  const [name, ...others] = parsePods(words, context);
  if (name === undefined || others.length > 0) {
    throw new PeapodError('PEAPOD_USAGE', 'Name the one pod to inspect');
  }
  await printObject(context, output, await (await context.engine()).inspect(name));
}
