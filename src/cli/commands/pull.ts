import type { Command } from 'commander';
import type { Context } from '../context.js';
import { eachName } from '../each-name.js';
import { type PullOptions, pullImage, pullWords } from '../pull-image.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<image...>', 'nginx, nginx:1.27, localhost:5000/app@sha256:…')
    .option('-q, --quiet', 'print only the names')
    .option('--auth-file <file>', "docker's config.json with the credentials")
    .addHelpText(
      'after',
      '\nExamples:\n  peapod pull nginx\n  peapod pull --auth-file ~/.docker/config.json registry.example/app:1',
    )
    .action((names: string[], options: PullOptions) => pull(names, options, context));
}

async function pull(names: readonly string[], options: PullOptions, context: Context): Promise<void> {
  const words = pullWords(options);
  await eachName(names, context, async (name) => {
    const { reference, digest, id } = await pullImage(name, words, context);
    context.print(words.isQuiet ? reference : `${reference} ${digest ?? id}`);
  });
}
