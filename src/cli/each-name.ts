import type { Context } from './context.js';
import { Interrupted } from './interrupt.js';
import { printError } from './print-error.js';

/** Does the same for each name, one after another: one that fails does not keep the others from it. */
export async function eachName(
  names: readonly string[],
  context: Context,
  work: (name: string) => Promise<void>,
): Promise<void> {
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      printError(context.cli.stderr, error, context.verbose);
      context.exitCode = 1;
    }
  }
}
