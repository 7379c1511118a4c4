import type { Command } from 'commander';
import type { Context } from '../context.js';
import { eachName } from '../each-name.js';
import { escapeControls } from '../escape.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<image...>', 'names of images, or their ids')
    .option('-f, --force', 'although pods use them, or an id has several names')
    .addHelpText('after', '\nExample:\n  peapod rmi nginx:1.25 busybox')
    .action(async (names: string[], { force = false }: { force?: boolean }) => {
      const engine = await context.engine();
      await eachName(names, context, async (name) => {
        await engine.images.remove([name], { force });
        context.print(`image "${escapeControls(name)}" removed`);
      });
    });
}
