import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { interruptible } from '../interrupt.js';
import { ProgressPrinter } from '../progress.js';
import { withSpooled } from '../spool.js';

interface CommandOptions {
  readonly input: string;
  readonly as?: string;
  readonly quiet?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .requiredOption('-i, --input <archive>', 'an archive, the directory of an OCI layout, or - for stdin')
    .option('--as <name>', 'the name for the one image in it')
    .option('-q, --quiet', 'print only the names')
    .addHelpText('after', '\nExamples:\n  peapod load -i nginx.tar\n  docker save nginx | peapod load -i -')
    .action((options: CommandOptions) => load(options, context));
}

async function load({ input, as: name, quiet = false }: CommandOptions, context: Context): Promise<void> {
  const engine = await context.engine();
  const printer = new ProgressPrinter(context.cli.stderr, { isQuiet: quiet });
  const images = await interruptible(async (signal) => {
    const loadFrom = (path: string) =>
      engine.images.load({ path, name, signal, onProgress: printer.show }).finally(() => printer.end());
    if (input !== '-') return await loadFrom(resolve(input));
    return await withSpooled(context.cli.stdin, signal, loadFrom);
  });
  for (const { reference, id } of images) context.print(quiet ? reference : `${reference} ${id}`);
}
