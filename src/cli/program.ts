import { Command } from 'commander';
import { PeapodError } from '../errors.js';
import { packageVersion } from '../kernel/installation.js';
import { type CommandEntry, commandTable } from './command-table.js';
import type { Context } from './context.js';
import { separateCommand } from './separate-command.js';
import { style } from './style.js';

/** The command's name is the first word that is neither a global option nor its value. */
export function findCommand(args: readonly string[]): { entry: CommandEntry | undefined; at: number } {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--root') at++;
    else if (!arg.startsWith('-'))
      return { entry: commandTable.find(({ name, alias }) => arg === name || arg === alias), at };
  }
  return { entry: undefined, at: args.length };
}

/** commander's tree: of the commands not asked for, only names and summaries. */
export function buildProgram(context: Context, chosen: CommandEntry | undefined): Command {
  const program = new Command('peapod').description('Kubernetes Pods on one Linux host.').helpCommand(false);
  configure(program, context);
  for (const entry of commandTable) {
    const command = program.command(entry.name, { hidden: entry.isHidden ?? false }).summary(entry.summary);
    command.description(`${entry.summary[0]?.toUpperCase()}${entry.summary.slice(1)}.`);
    if (entry.alias !== undefined) command.alias(entry.alias);
    if (entry === chosen) entry.module.define(command, context);
  }
  return program;
}

/** Commands that run another: whether options of theirs may stand behind their operand. */
const isMixed: Readonly<Record<string, boolean | undefined>> = { exec: true, run: false };

/** Words for commander: `help get` is `get --help`; what `exec` and `run` are to run is fenced off. */
export function prepareArguments(args: readonly string[], program: Command): string[] {
  const { entry, at } = findCommand(args);
  const mixed = isMixed[entry?.name ?? ''];
  if (mixed === undefined) return [...args];
  const command = program.commands.find((command) => command.name() === entry?.name) as Command;
  return [
    ...args.slice(0, at + 1),
    ...separateCommand(args.slice(at + 1), {
      options: [...command.options, ...program.options],
      isMixed: mixed,
    }),
  ];
}

function configure(program: Command, context: Context): void {
  const { stdout, stderr } = context.cli;
  program
    .option('--root <dir>', 'state and run directories beneath DIR (PEAPOD_ROOT)')
    .option('-v, --verbose', 'tell more, the causes of an error included')
    .version(`peapod ${packageVersion()}`, '--version', 'print the version')
    .on('option:root', (root: string) => {
      if (root === '') throw new PeapodError('PEAPOD_USAGE', '--root is empty');
      context.root = root;
    })
    .on('option:verbose', () => {
      context.verbose = true;
    });
  program.exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
    getOutHelpWidth: () => stdout.columns ?? 100,
    outputError: (text, write) => write(formatUsageError(text, context)),
  });
}

/** commander's "(Did you mean …?)" as a hint of ours. */
function formatUsageError(text: string, { cli: { stderr } }: Context): string {
  return text
    .replace(/^error:/, style(stderr, ['bold', 'red'], 'error:'))
    .replace(/\n\((Did you mean .*\?)\)/, (_all, hint) => `\n${style(stderr, 'cyan', 'hint:')} ${hint}`);
}
