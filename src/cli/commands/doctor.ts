import type { Command } from 'commander';
import { buildPaths } from '../../kernel/paths.js';
import type { Context } from '../context.js';
import { addonChecks } from '../doctor/addon.js';
import { buildLibcChecks } from '../doctor/by-libc.js';
import { cgroupChecks } from '../doctor/cgroups.js';
import { type Result, runChecks, type State } from '../doctor/check.js';
import { kernelChecks } from '../doctor/kernel.js';
import { networkChecks } from '../doctor/network.js';
import { privilegeChecks } from '../doctor/privileges.js';
import { programChecks } from '../doctor/programs.js';
import { escapeControls } from '../escape.js';
import { checkFormat, printObject } from '../print-objects.js';
import { style } from '../style.js';

const colours = { ok: 'green', warning: 'yellow', failed: 'red', unknown: 'gray' } as const;

export function define(command: Command, context: Context): void {
  command
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE')
    .addHelpText('after', '\nExample:\n  peapod doctor\n\nThe exit code is 1 when no pod would run.')
    .action(({ output }: { output?: string }) => doctor(output, context));
}

async function doctor(output: string | undefined, context: Context): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  const { state } = buildPaths(context.root);
  const checks = [...privilegeChecks, ...kernelChecks, ...cgroupChecks, ...networkChecks, ...addonChecks];
  const results = await runChecks([...checks, ...buildLibcChecks(state), ...programChecks]);
  if (output === undefined) printResults(results, context);
  else await printObject(context, output, results);
  if (results.some((result) => result.state === 'failed')) context.exitCode = 1;
}

function printResults(results: readonly Result[], context: Context): void {
  const width = Math.max(...results.map(({ name }) => name.length));
  for (const { name, state, detail, effect, hint } of results) {
    context.print(`${paint(state, context)} ${name.padEnd(width)}  ${escapeControls(detail)}`);
    const margin = ' '.repeat(8 + width + 2);
    if (effect !== undefined) context.print(`${margin}so: ${effect}`);
    if (hint !== undefined) context.print(`${margin}hint: ${hint}`);
  }
}

function paint(state: State, { cli }: Context): string {
  return style(cli.stdout, colours[state], state.padEnd(7));
}
