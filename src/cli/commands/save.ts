import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { PeapodError } from '../../errors.js';
import type { ArchiveFormat } from '../../image/save.js';
import type { Context } from '../context.js';
import { interruptible } from '../interrupt.js';

interface CommandOptions {
  readonly output?: string;
  readonly format: ArchiveFormat;
}

export function define(command: Command, context: Context): void {
  command
    .argument('<image...>', 'names of images')
    .option('-o, --output <file>', 'the archive to write; stdout if absent')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['oci-archive', 'docker-archive'])
        .default('oci-archive'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  peapod save -o nginx.tar nginx\n  peapod save --format docker-archive nginx | docker load',
    )
    .action((names: string[], options: CommandOptions) => save(names, options, context));
}

async function save(
  names: readonly string[],
  { output, format }: CommandOptions,
  context: Context,
): Promise<void> {
  const { stdout } = context.cli;
  if (output === undefined && stdout.isTTY) {
    throw new PeapodError('PEAPOD_USAGE', 'An archive is not written to a terminal', {
      hint: 'Name a file with -o, or pipe it on',
    });
  }
  const engine = await context.engine();
  await interruptible(async (signal) => {
    const archive = engine.images.save(names, { format, signal });
    if (output === undefined) await pipeline(archive, stdout, { end: false });
    else await writeArchive(archive, output);
  });
}

async function writeArchive(archive: AsyncIterable<Buffer>, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) await writeWhole(archive, path);
  // What a link leads to is replaced, not the link.
  else if (found.isFile()) await writeWhole(archive, await realpath(path));
  else await writeInto(archive, path);
}

/** A device or a pipe, /dev/stdout for example, stays what it is. */
async function writeInto(archive: AsyncIterable<Buffer>, path: string): Promise<void> {
  await pipeline(archive, createWriteStream(path)).catch((error) => {
    throw explain(error, path);
  });
}

/** Under its name there is all of it or what was there before. */
async function writeWhole(archive: AsyncIterable<Buffer>, path: string): Promise<void> {
  const partial = `${path}.${randomUUID().slice(0, 8)}.partial`;
  const file = await open(partial, 'wx').catch((error) => {
    throw explain(error, path);
  });
  try {
    await writeFile(file, archive);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw explain(error, path);
  } finally {
    await file.close();
  }
}

function explain(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  return new PeapodError('PEAPOD_USAGE', `Cannot write "${path}": ${code}`, { cause: error });
}
