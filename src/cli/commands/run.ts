import { type Command, Option } from 'commander';
import type { Pod } from 'kubernetes-types/core/v1.js';
import { hasCode, PeapodError } from '../../errors.js';
import type { Engine, ExecSession } from '../../pod/engine-api.js';
import { collect } from '../collect.js';
import type { Context } from '../context.js';
import { explainExec } from '../exec-error.js';
import { Interrupted } from '../interrupt.js';
import { passSignals } from '../pass-signals.js';
import { type PullOptions, pullImage, pullWords } from '../pull-image.js';
import { buildRunManifest, type RunWords } from '../run-manifest.js';
import { runSession } from '../run-session.js';
import { useTerminal } from '../use-terminal.js';

interface CommandOptions extends RunWords, PullOptions {
  readonly detach?: boolean;
  readonly network?: string;
  readonly pull: 'missing' | 'always' | 'never';
}

export function define(command: Command, context: Context): void {
  command
    .argument('<image>', 'its name')
    .argument('[command...]', 'the program and its arguments, in place of those of the image')
    .option('--rm', 'remove it when it has ended')
    .option('-d, --detach', 'leave it running, and print its name')
    .option('-i, --stdin', 'pass stdin on')
    .option('-t, --tty', 'give it a terminal')
    .option('--name <name>', 'name of the pod')
    .option('--net <network>', 'private, host, none, pod:NAME, container:POD[/CONTAINER] or ns:/PATH')
    .addOption(new Option('--network <network>', 'as --net').hideHelp())
    .option('-e, --env <name=value>', 'set a variable, or pass ours on', collect)
    .option('-u, --user <user>', 'user or uid, with :group if wanted')
    .option('-w, --workdir <dir>', 'directory to start in')
    .option('--entrypoint <program>', 'run this, with the command as its arguments')
    .addOption(
      new Option('--pull <when>', 'ask the registry')
        .choices(['missing', 'always', 'never'])
        .default('missing'),
    )
    .option('-q, --quiet', 'show nothing of a pull')
    .option('--auth-file <file>', "docker's config.json with the credentials")
    .addHelpText(
      'after',
      "\nExamples:\n  peapod run --rm -it busybox sh\n  peapod run --rm -e NAME=value --net none alpine env\n\nThe exit code is the program's own; 126: cannot be executed, 127: not found, 125: peapod failed.",
    )
    .action((image: string, words: string[], options: CommandOptions) =>
      run({ image, words }, options, context),
    );
}

async function run(
  { image, words }: { readonly image: string; readonly words: readonly string[] },
  options: CommandOptions,
  context: Context,
): Promise<void> {
  // Whatever fails from here on is peapod's failure, not the program's.
  context.exitCode = 125;
  const terminal = options.detach ? undefined : useTerminal(options, context.cli);
  const tty = options.detach ? options.tty : terminal !== undefined;
  const net = options.net ?? options.network;
  const manifest = buildRunManifest(
    { image, command: words },
    { ...options, tty: tty ?? false, ...(net !== undefined && { net }) },
    context.cli.env,
  );
  const engine = await context.engine();
  if (options.pull === 'always') await pullImage(image, pullWords(options), context);
  if (options.detach) return await begin({ engine, manifest, image }, context);
  const name = manifest.metadata?.name ?? '';
  const callOff = passSignals(engine, name);
  try {
    const session = await follow({ engine, manifest, image }, options, context);
    const size = terminal?.size();
    if (size !== undefined) session.resize(size);
    context.exitCode = await runSession(session, { terminal, context });
  } finally {
    callOff();
  }
}

interface Target {
  readonly engine: Engine;
  readonly manifest: Pod;
  readonly image: string;
}

async function follow(target: Target, options: CommandOptions, context: Context): Promise<ExecSession> {
  const { engine, manifest, image } = target;
  const start = () => engine.run(manifest, { stdin: options.stdin ?? false });
  try {
    return await start().catch(async (error) => {
      if (options.pull === 'never' || !hasCode(error, 'PEAPOD_IMAGE_MISSING')) throw error;
      await pullImage(image, pullWords(options), context);
      return await start();
    });
  } catch (error) {
    context.exitCode = error instanceof Interrupted ? error.exitCode : explainExec(error);
    throw error;
  }
}

/** The pod itself waits for its image then. */
async function begin({ engine, manifest }: Target, context: Context): Promise<void> {
  const name = manifest.metadata?.name ?? '';
  const pods = await engine.list();
  if (pods.some(({ metadata }) => metadata?.name === name)) {
    throw new PeapodError('PEAPOD_CONFLICT', `Cannot run pod "${name}": there is one already`);
  }
  await engine.apply(manifest, { source: 'run' });
  context.exitCode = 0;
  context.print(name);
}
