import { resolve } from 'node:path';
import type { Command } from 'commander';
import { collect } from '../collect.js';
import type { Context } from '../context.js';

export function define(command: Command, context: Context): void {
  command
    .argument('<path>', 'a tarball or directory that holds a root filesystem')
    .argument('<name>', 'the name of the image, for example web:1')
    .option(
      '-c, --change <instruction>',
      'CMD, ENTRYPOINT, ENV, STOPSIGNAL, USER or WORKDIR, as in a Dockerfile',
      collect,
    )
    .addHelpText('after', `\nExample:\n  peapod import --change 'CMD ["/bin/sh"]' rootfs.tar busybox`)
    .action((path: string, name: string, options: { change?: string[] }) =>
      importImage({ path: resolve(path), name, changes: options.change ?? [] }, context),
    );
}

interface Import {
  readonly path: string;
  readonly name: string;
  readonly changes: readonly string[];
}

async function importImage(image: Import, context: Context): Promise<void> {
  const { reference, id } = await (await context.engine()).images.import(image);
  context.print(`${reference} ${id}`);
}
