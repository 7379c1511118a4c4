import type { Command } from 'commander';
import { PeapodError } from '../../errors.js';
import type { CreatePodOptions, SharedNamespace } from '../../pod/bare-pod.js';
import { parsePublish } from '../../pod/parse-publish.js';
import { collect } from '../collect.js';
import type { Context } from '../context.js';
import { readDuration } from '../duration.js';
import { parseCondition, waitForPod } from '../wait-for.js';

interface CommandOptions {
  readonly name: string;
  readonly share?: string;
  readonly publish?: string[];
  readonly net?: string;
  readonly hostname?: string;
  readonly label?: string[];
  readonly wait: boolean;
  readonly timeout: string;
}

export function define(command: Command, context: Context): void {
  command.helpCommand(false).addHelpText('after', '\nExample:\n  peapod pod create --name web -p 8080:80');
  command
    .command('create')
    .summary('make a pod without containers')
    .description(
      'Make a pod without containers: a sandbox that holds its namespaces, its address and its ports.',
    )
    .requiredOption('--name <name>', 'name of the pod')
    .option('--share <namespaces>', 'net,ipc,uts, always shared, and pid; or +pid')
    .option('-p, --publish <port>', '[[ADDRESS:]HOSTPORT:]PORT[/PROTOCOL], ranges too', collect)
    .option('--net <network>', 'private, host, none, pod:NAME, container:POD[/CONTAINER] or ns:/PATH')
    .option('--hostname <name>', 'host name, instead of the name')
    .option('-l, --label <key=value>', 'label', collect)
    .option('--no-wait', 'return before the sandbox runs')
    .option('--timeout <duration>', 'how long to wait for it', '30s')
    .addHelpText(
      'after',
      '\nExamples:\n  peapod pod create --name web -p 8080:80 -p 127.0.0.1:5353:53/udp\n  peapod pod create --name lab --share +pid --net none',
    )
    .action((options: CommandOptions) => create(options, context));
}

async function create(options: CommandOptions, context: Context): Promise<void> {
  const timeoutMs = readDuration(options.timeout, '--timeout');
  const wanted = readOptions(options);
  const engine = await context.engine();
  await engine.createPod(wanted);
  const { name } = wanted;
  context.print(`pod/${name} created`);
  if (options.wait)
    await waitForPod(engine, { name, condition: parseCondition('condition=Ready'), timeoutMs });
}

function readOptions({ name, share, publish, net, hostname, label }: CommandOptions): CreatePodOptions {
  return {
    name,
    ...(share === undefined ? {} : { share: readShare(share) }),
    ...(publish === undefined ? {} : { ports: publish.flatMap(parsePublish) }),
    ...(net === undefined ? {} : { network: net }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(label === undefined ? {} : { labels: Object.fromEntries(label.map(readLabel)) }),
  };
}

/** podman's: a list, or with `+` what is to be shared besides. Which words there are the engine knows. */
function readShare(text: string): SharedNamespace[] {
  const words = text.replace(/^\+/, '').split(',').filter(Boolean) as SharedNamespace[];
  return text.startsWith('+') ? [...new Set<SharedNamespace>(['net', 'ipc', 'uts', ...words])] : words;
}

function readLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new PeapodError('PEAPOD_USAGE', `--label "${text}" is not KEY=VALUE`);
}
