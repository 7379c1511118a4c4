import type { Command } from 'commander';
import type { Context } from '../context.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<image>', 'a name or an id')
    .argument('<name>', 'one more name for it')
    .addHelpText('after', '\nExample:\n  peapod tag nginx localhost:5000/nginx:mine')
    .action(async (source: string, target: string) => {
      const { reference, id } = await (await context.engine()).images.tag(source, target);
      context.print(`${reference} ${id}`);
    });
}
