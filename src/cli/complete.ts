import type { Command, Option } from 'commander';
import type { Engine } from '../pod/engine-api.js';
import { commandTable } from './command-table.js';
import type { Context } from './context.js';
import { buildProgram, findCommand } from './program.js';

/** Commands whose operands are pods. */
const podCommands = ['get', 'describe', 'inspect', 'logs', 'exec', 'attach', 'wait', 'delete', 'port'];

/** Commands whose operands are images; of `image`, `inspect`. */
const imageCommands = ['pull', 'rmi', 'tag', 'save', 'image', 'run'];

/** Values of an option, by its long name. */
const optionValues: Record<string, readonly string[]> = {
  '--output': ['wide', 'json', 'yaml', 'name', 'jsonpath='],
  '--validate': ['strict', 'warn', 'ignore'],
  '--for': ['condition=Ready', 'delete', 'create', 'jsonpath='],
  '--net': ['private', 'host', 'none', 'pod:', 'container:', 'ns:/'],
  '--share': ['+pid', 'net,ipc,uts', 'net,ipc,uts,pid'],
};

/**
 * What may stand where the last of the words, which is unfinished, stands. Nothing means: files. Pods are those of a
 * daemon that runs: completing a word starts none.
 */
export async function complete(words: readonly string[], context: Context): Promise<string[]> {
  const { before, word, prefix } = splitValue(words);
  const candidates = await listCandidates(before, word, context);
  const fitting = candidates.filter((candidate) => candidate.startsWith(word)).sort();
  return fitting.map((candidate) => prefix + candidate);
}

interface Unfinished {
  readonly before: readonly string[];
  readonly word: string;
  /** What of the shell's own last word stands before ours. */
  readonly prefix: string;
}

/** `--output=js` is `--output js`. To bash it is three words, the `=` one of them, of which it completes the last. */
function splitValue(words: readonly string[]): Unfinished {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  if (before.at(-1) === '=') return { before: before.slice(0, -1), word, prefix: '' };
  if (word === '=') return { before, word: '', prefix: '' };
  const [, option, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  if (option === undefined || value === undefined) return { before, word, prefix: '' };
  return { before: [...before, option], word: value, prefix: `${option}=` };
}

async function listCandidates(before: readonly string[], word: string, context: Context): Promise<string[]> {
  const { entry, at } = findCommand(before);
  if (entry === undefined) return at < before.length ? [] : commandNames();
  const program = buildProgram(context, entry);
  const top = program.commands.find((known) => known.name() === entry.name) as Command;
  const given = before.slice(at + 1);
  const sub = top.commands.find((known) => known.name() === given[0]);
  const command = sub ?? top;
  const pending = [...command.options, ...program.options].find((option) => isValueOf(option, before.at(-1)));
  if (pending !== undefined) return await listValues(pending, before, context);
  if (word.startsWith('-')) return flags([...command.options, ...program.options]);
  const subcommands = given.length === 0 ? top.commands.map((known) => known.name()) : [];
  return [...subcommands, ...(await listOperands(entry.name, given, context))];
}

function commandNames(): string[] {
  return commandTable.filter(({ isHidden }) => !isHidden).map(({ name }) => name);
}

function isValueOf(option: Option, previous: string | undefined): boolean {
  return option.required && previous !== undefined && (option.long === previous || option.short === previous);
}

function flags(options: readonly Option[]): string[] {
  return options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
}

async function listValues(option: Option, before: readonly string[], context: Context): Promise<string[]> {
  if (option.long !== '--container') return [...(option.argChoices ?? optionValues[option.long ?? ''] ?? [])];
  const pods = await listPods(context);
  const pod = pods.find(({ metadata }) => before.includes(metadata?.name ?? ''));
  return (pod?.spec?.containers ?? []).map(({ name }) => name);
}

async function listOperands(command: string, given: readonly string[], context: Context): Promise<string[]> {
  if (command === 'get' && given.length === 0) return ['pods', 'pod'];
  if (imageCommands.includes(command)) return await listImages(command, given, context);
  if (!podCommands.includes(command)) return [];
  return (await listPods(context)).flatMap(({ metadata }) => metadata?.name ?? []);
}

async function listImages(command: string, given: readonly string[], context: Context): Promise<string[]> {
  const isWanted = command === 'image' ? given[0] === 'inspect' : command !== 'run' || given.length === 0;
  if (!isWanted) return [];
  const images = await ask(context, (engine) => engine.images.list());
  return images.map(({ reference }) => shortName(reference));
}

/** As users write it. */
function shortName(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/)?/, '').replace(/:latest$/, '');
}

function listPods(context: Context) {
  return ask(context, (engine) => engine.list());
}

/** Nothing where no daemon runs. */
async function ask<T>({ cli, root }: Context, question: (engine: Engine) => Promise<T[]>): Promise<T[]> {
  try {
    const engine = await cli.connect({ root });
    return await question(engine).finally(() => engine.close());
  } catch {
    return [];
  }
}
