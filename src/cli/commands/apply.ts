import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { ApplyOptions, ApplyResult } from '../../pod/engine-api.js';
import { collect } from '../collect.js';
import type { Context } from '../context.js';
import { readDuration } from '../duration.js';
import { escapeControls } from '../escape.js';
import { type ManifestText, readManifests } from '../manifest-files.js';
import { printError } from '../print-error.js';
import { style } from '../style.js';
import { parseCondition, waitForPod } from '../wait-for.js';

interface CommandOptions {
  readonly filename: string[];
  readonly wait?: string | true;
  readonly timeout: string;
  readonly validate: string;
  readonly dryRun?: boolean;
}

const validateModes = ['strict', 'warn', 'ignore'];

export function define(command: Command, context: Context): void {
  command
    .requiredOption('-f, --filename <file>', 'manifest, directory of manifests, or - for stdin', collect)
    .option('--wait [condition]', 'return when the pods are Ready, or as the condition says')
    .option('--timeout <duration>', 'how long --wait waits', '5m')
    .option(
      '--validate <mode>',
      `what to do about fields not supported: ${validateModes.join(', ')}`,
      'strict',
    )
    .option('--dry-run', 'check everything, change nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  peapod apply -f pod.yaml --wait\n  cat pod.yaml | peapod apply -f -',
    )
    .action((options: CommandOptions) => apply(options, context));
}

async function apply(options: CommandOptions, context: Context): Promise<void> {
  const applyOptions = parseOptions(options);
  const timeoutMs = readDuration(options.timeout, '--timeout');
  const condition = parseCondition(`condition=${typeof options.wait === 'string' ? options.wait : 'Ready'}`);
  const results: ApplyResult[] = [];
  for await (const manifest of readManifests(options.filename, context.cli.stdin))
    results.push(...(await applyOne(manifest, applyOptions, context)));
  if (options.wait === undefined || options.dryRun) return;
  const engine = await context.engine();
  await Promise.all(results.map(({ name }) => waitForPod(engine, { name, condition, timeoutMs })));
}

function parseOptions({ validate, dryRun }: CommandOptions): ApplyOptions {
  if (!validateModes.includes(validate))
    throw new PeapodError(
      'PEAPOD_USAGE',
      `--validate "${validate}" is not one of ${validateModes.join(', ')}`,
    );
  return { validate: validate as NonNullable<ApplyOptions['validate']>, dryRun: dryRun ?? false };
}

/** A manifest that fails does not keep the others from being applied. */
async function applyOne(
  { text, source }: ManifestText,
  options: ApplyOptions,
  context: Context,
): Promise<ApplyResult[]> {
  const engine = await context.engine();
  try {
    const results = await engine.apply(text, { ...options, source });
    for (const result of results) printResult(result, options, context);
    return results;
  } catch (error) {
    printError(context.cli.stderr, error, context.verbose);
    context.exitCode = 1;
    return [];
  }
}

function printResult(
  { name, action, warnings }: ApplyResult,
  { dryRun }: ApplyOptions,
  context: Context,
): void {
  const { stderr } = context.cli;
  for (const warning of warnings)
    context.warn(`${style(stderr, 'yellow', 'warning:')} ${escapeControls(warning)}`);
  context.print(`pod/${name} ${action}${dryRun ? ' (dry run)' : ''}`);
}
