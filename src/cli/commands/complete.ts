import type { Command } from 'commander';
import { complete } from '../complete.js';
import type { Context } from '../context.js';

export function define(command: Command, context: Context): void {
  command.argument('[words...]').action(async (words: string[]) => {
    for (const found of await complete(words, context)) context.print(found);
  });
}
