import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { PublishedPort } from '../../network/attachment.js';
import type { PortRequest } from '../../pod/engine-api.js';
import { didYouMean } from '../../pod/manifest/suggest.js';
import { parsePublish } from '../../pod/parse-publish.js';
import type { Context } from '../context.js';
import { describePort } from '../port-lines.js';
import { checkFormat, printObject } from '../print-objects.js';

const form = '[ADDRESS:]HOSTPORT:PORT[/PROTOCOL], ranges too';

export function define(command: Command, context: Context): void {
  command
    .helpCommand(false)
    .argument('<pod>', 'NAME or pod/NAME')
    .argument('[words...]')
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE')
    .addHelpText(
      'after',
      '\nExamples:\n  peapod port web\n  peapod port add web 8080:80\n  peapod port rm web 8080:80',
    )
    .action((pod: string, words: string[], { output }: { output?: string }) =>
      list({ pod, words }, output, context),
    );
  command
    .command('add')
    .summary('publish ports of a pod that runs')
    .description('Publish ports of a pod that runs, now and in every later sandbox of it.')
    .argument('<pod>', 'NAME or pod/NAME')
    .argument('<ports...>', `${form}; without HOSTPORT a free one is chosen`)
    .addHelpText('after', '\nExample:\n  peapod port add web 8080:80 5353:53/udp')
    .action((pod: string, ports: string[]) => add(pod, ports, context));
  command
    .command('rm')
    .summary('end what was added')
    .description('End the publishing of ports that were added.')
    .argument('<pod>', 'NAME or pod/NAME')
    .argument('<ports...>', form)
    .addHelpText('after', '\nExample:\n  peapod port rm web 8080:80')
    .action((pod: string, ports: string[]) => remove(pod, ports, context));
}

async function list(
  { pod, words }: { pod: string; words: string[] },
  output: string | undefined,
  context: Context,
): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  if (words.length > 0) throw noSubcommand(pod, words);
  const ports = await (await context.engine()).ports(context.podName(pod));
  if (output !== undefined) await printObject(context, output, ports);
  else for (const port of ports) context.print(describePort(port));
}

/** What reads as the name of a pod may have been meant as the name of a subcommand. */
function noSubcommand(pod: string, words: readonly string[]): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `Too much: "${words.join(' ')}" after the pod "${pod}"`, {
    hint: didYouMean(pod, ['add', 'rm']) ?? 'Subcommands: add, rm',
  });
}

async function add(pod: string, texts: readonly string[], context: Context): Promise<void> {
  const requests = texts.flatMap(parsePublish);
  const name = context.podName(pod);
  const engine = await context.engine();
  for (const request of requests) context.print(describePort(await engine.addPort(name, request)));
}

async function remove(pod: string, texts: readonly string[], context: Context): Promise<void> {
  const ports = texts.flatMap((text) => parsePublish(text).map((request) => requireHostPort(text, request)));
  const name = context.podName(pod);
  const engine = await context.engine();
  for (const port of ports) {
    await engine.removePort(name, port);
    context.print(`${describePort(port)} removed`);
  }
}

function requireHostPort(text: string, { hostPort, ...port }: PortRequest): PublishedPort {
  if (hostPort !== undefined) return { ...port, hostPort };
  throw new PeapodError('PEAPOD_USAGE', `"${text}" does not say which port of the host`, {
    hint: 'Write HOSTPORT:PORT',
  });
}
