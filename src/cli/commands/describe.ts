import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { Context } from '../context.js';
import { describePod } from '../describe/pod.js';
import { parsePods } from '../kinds.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<pods...>', 'NAME, pod NAME or pod/NAME')
    .addHelpText('after', '\nExample:\n  peapod describe pod web')
    .action((words: string[]) => describe(words, context));
}

async function describe(words: readonly string[], context: Context): Promise<void> {
  const names = parsePods(words, context);
  if (names.length === 0) throw new PeapodError('PEAPOD_USAGE', 'Name the pod to describe');
  const engine = await context.engine();
  const texts = names.map(async (name) => {
    const all = [engine.get(name), engine.events(name), engine.ports(name)] as const;
    const [pod, events, ports] = await Promise.all(all);
    return describePod(pod, { events, ports }, Date.now());
  });
  context.print((await Promise.all(texts)).join('\n\n\n'));
}
