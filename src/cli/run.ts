import { CommanderError } from 'commander';
import { PeapodError } from '../errors.js';
import { suggest } from '../pod/manifest/suggest.js';
import type { Cli } from './cli.js';
import { Context } from './context.js';
import { Interrupted } from './interrupt.js';
import { printError } from './print-error.js';
import { buildProgram, findCommand, prepareArguments } from './program.js';

/** Runs one command line (without node and script). The exit code: 0 done, 1 failed, 2 usage, or a process's own. */
export async function run(args: readonly string[], cli: Cli): Promise<number> {
  const context = new Context(cli);
  const words = expandHelp(args);
  try {
    const program = buildProgram(context, findCommand(words).entry);
    await program.parseAsync(prepareArguments(words, program), { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return await fail(error, context);
  } finally {
    await context.close();
  }
}

/** `help get` is `get --help`, `help port add` is `port add --help`. */
function expandHelp(args: readonly string[]): readonly string[] {
  if (args[0] !== 'help') return args;
  return [...args.slice(1), '--help'];
}

async function fail(error: unknown, context: Context): Promise<number> {
  if (error instanceof Interrupted) return interrupted(error, context);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  printError(context.cli.stderr, await withSuggestion(error, context), context.verbose);
  const isUsage = error instanceof PeapodError && error.code === 'PEAPOD_USAGE';
  return isUsage ? 2 : context.exitCode || 1;
}

function interrupted({ message, exitCode }: Interrupted, context: Context): number {
  context.warn(message);
  return exitCode;
}

/** Adds the nearest name to the error of a pod that is not there. */
async function withSuggestion(error: unknown, context: Context): Promise<unknown> {
  if (!(error instanceof PeapodError) || error.code !== 'PEAPOD_NOT_FOUND' || error.hint !== undefined)
    return error;
  const pods = context.hasEngine ? await (await context.engine()).list().catch(() => []) : [];
  const names = pods.flatMap((pod) => pod.metadata?.name ?? []);
  const missing = context.podNames.find((name) => !names.includes(name));
  const near = missing === undefined ? undefined : suggest(missing, names);
  if (near === undefined) return error;
  const { code, message, details, cause } = error;
  return new PeapodError(code, message, { hint: `Did you mean "${near}"?`, details, cause });
}
