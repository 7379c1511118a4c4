import type { Command } from 'commander';
import type { Damage } from '../../image/check.js';
import type { Context } from '../context.js';
import { escapeControls } from '../escape.js';
import { interruptible } from '../interrupt.js';
import { checkFormat, printObject } from '../print-objects.js';

export function define(command: Command, context: Context): void {
  command
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  peapod image inspect nginx\n  peapod image check');
  command
    .command('inspect')
    .summary('print what is known of images')
    .description('Print what is known of images: names, configuration, layers.')
    .argument('<image...>', 'names of images, or their ids')
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE', 'json')
    .addHelpText('after', "\nExample:\n  peapod image inspect nginx -o jsonpath='{[0].Config.Cmd}'")
    .action((names: string[], { output }: { output: string }) => inspect(names, output, context));
  command
    .command('check')
    .summary('compare the store with its digests')
    .description(
      'Read all that is stored of the images again and compare it with the digests it is known by.',
    )
    .addHelpText('after', '\nExample:\n  peapod image check')
    .action(() => check(context));
}

/** A list however many there are, as `docker image inspect` prints it. */
async function inspect(names: readonly string[], output: string, context: Context): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  const engine = await context.engine();
  await printObject(context, output, await Promise.all(names.map((name) => engine.images.inspect(name))));
}

async function check(context: Context): Promise<void> {
  const engine = await context.engine();
  const { blobs, layers, damage } = await interruptible((signal) => engine.images.check({ signal }));
  for (const found of damage) context.print(describe(found));
  if (damage.length > 0) context.exitCode = 1;
  context.warn(`${blobs} blobs and ${layers} layers checked, ${damage.length} damaged`);
}

function describe({ kind, digest, why, references }: Damage): string {
  return escapeControls(`${kind} ${digest} of ${references.join(', ')}: ${why}`);
}
