import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { Context } from '../context.js';
import { readDuration } from '../duration.js';
import { parsePods } from '../kinds.js';
import { parseCondition, waitForPod } from '../wait-for.js';

interface CommandOptions {
  readonly for: string;
  readonly timeout: string;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<pods...>', 'NAME, pod NAME or pod/NAME')
    .requiredOption('--for <what>', "condition=Ready, delete, create or jsonpath='{.status.phase}'=Running")
    .option('--timeout <duration>', 'how long to wait', '30s')
    .addHelpText('after', '\nExample:\n  peapod wait --for=condition=Ready pod/web --timeout=1m')
    .action((words: string[], options: CommandOptions) => wait(words, options, context));
}

async function wait(words: readonly string[], options: CommandOptions, context: Context): Promise<void> {
  const condition = parseCondition(options.for);
  const timeoutMs = readDuration(options.timeout, '--timeout');
  const names = parsePods(words, context);
  if (names.length === 0) throw new PeapodError('PEAPOD_USAGE', 'Name the pods to wait for');
  const engine = await context.engine();
  const waits = names.map(async (name) => {
    await waitForPod(engine, { name, condition, timeoutMs });
    context.print(`pod/${name} condition met`);
  });
  await Promise.all(waits);
}
