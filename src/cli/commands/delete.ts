import type { Command } from 'commander';
import { hasCode, PeapodError } from '../../errors.js';
import type { DeleteOptions } from '../../pod/engine-api.js';
import { collect } from '../collect.js';
import type { Context } from '../context.js';
import { readCount } from '../duration.js';
import { parsePods } from '../kinds.js';
import { readManifests } from '../manifest-files.js';
import { printError } from '../print-error.js';
import { parseCondition, waitForPod } from '../wait-for.js';

interface CommandOptions {
  readonly filename?: string[];
  readonly all?: boolean;
  readonly gracePeriod?: string;
  readonly force?: boolean;
  readonly wait: string | true;
  readonly ignoreNotFound?: boolean;
}

/** kubectl's own: a deletion waits for good. */
const waitLimitMs = 7 * 24 * 3_600_000;

export function define(command: Command, context: Context): void {
  command
    .argument('[pods...]', 'NAME, pod NAME or pod/NAME')
    .option('-f, --filename <file>', 'the pods of a manifest, directory or - for stdin', collect)
    .option('--all', 'all pods')
    .option('--grace-period <seconds>', "time to end in, instead of the pod's own")
    .option('--force', 'kill at once')
    .option('--wait [yes]', 'return when the pods are gone: true or false', 'true')
    .option('--ignore-not-found', 'a pod that is not there is deleted')
    .addHelpText(
      'after',
      '\nExamples:\n  peapod delete pod web\n  peapod delete -f pod.yaml --grace-period 5',
    )
    .action((words: string[], options: CommandOptions) => remove(words, options, context));
}

async function remove(words: readonly string[], options: CommandOptions, context: Context): Promise<void> {
  const deleteOptions = parseOptions(options);
  const names = await findNames([...wordsAfterWait(options), ...words], options, context);
  const results = await Promise.allSettled(
    names.map((name) => removeOne(name, { deleteOptions, options, context })),
  );
  const [first, ...others] = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  for (const error of others) printError(context.cli.stderr, error, context.verbose);
  if (first !== undefined) throw first;
}

/** In `delete --wait pod web` the parser takes `pod` for the flag's value, which only `--wait=VALUE` can be. */
function wordsAfterWait({ wait }: CommandOptions): string[] {
  return typeof wait === 'string' && !['true', 'false'].includes(wait) ? [wait] : [];
}

function parseOptions({ gracePeriod, force }: CommandOptions): DeleteOptions {
  return {
    ...(gracePeriod === undefined ? {} : { gracePeriodSeconds: readCount(gracePeriod, '--grace-period') }),
    force: force ?? false,
  };
}

async function findNames(
  words: readonly string[],
  options: CommandOptions,
  context: Context,
): Promise<string[]> {
  const given = words.length > 0 ? 1 : 0;
  if (given + (options.all ? 1 : 0) + (options.filename === undefined ? 0 : 1) !== 1)
    throw new PeapodError('PEAPOD_USAGE', 'Name pods, or give either -f or --all');
  if (options.filename !== undefined) return await namesInFiles(options.filename, context);
  if (!options.all) return requireNames(parsePods(words, context));
  const pods = await (await context.engine()).list();
  return pods.flatMap((pod) => pod.metadata?.name ?? []);
}

function requireNames(names: string[]): string[] {
  if (names.length > 0) return names;
  throw new PeapodError('PEAPOD_USAGE', 'Name the pods to delete', { hint: 'All of them: --all' });
}

async function namesInFiles(files: readonly string[], context: Context): Promise<string[]> {
  const { parseAllDocuments } = await import('../yaml.js');
  const names: string[] = [];
  for await (const { text, source } of readManifests(files, context.cli.stdin))
    for (const document of parseAllDocuments(text)) {
      if (document.errors.length > 0)
        throw new PeapodError('PEAPOD_USAGE', `${source}: ${document.errors[0]?.message}`);
      names.push(...podNames(document.toJS()));
    }
  return names;
}

function podNames(value: unknown): string[] {
  const { kind, metadata, items } = (value ?? {}) as {
    kind?: unknown;
    metadata?: { name?: unknown };
    items?: unknown;
  };
  if (kind === 'List' && Array.isArray(items)) return items.flatMap(podNames);
  return kind === 'Pod' && typeof metadata?.name === 'string' ? [metadata.name] : [];
}

interface Removal {
  readonly deleteOptions: DeleteOptions;
  readonly options: CommandOptions;
  readonly context: Context;
}

async function removeOne(name: string, { deleteOptions, options, context }: Removal): Promise<void> {
  const engine = await context.engine();
  try {
    await engine.delete(name, deleteOptions);
  } catch (error) {
    if (options.ignoreNotFound && hasCode(error, 'PEAPOD_NOT_FOUND')) return;
    throw error;
  }
  context.print(`pod "${name}" deleted`);
  if (options.wait === 'false') return;
  await waitForPod(engine, { name, condition: parseCondition('delete'), timeoutMs: waitLimitMs });
}
