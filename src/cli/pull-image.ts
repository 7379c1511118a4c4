import { resolve } from 'node:path';
import type { ImageSummary } from '../pod/image-api.js';
import type { Context } from './context.js';
import { escapeControls } from './escape.js';
import { interruptible } from './interrupt.js';
import { ProgressPrinter } from './progress.js';

export interface PullWords {
  readonly authFile?: string | undefined;
  readonly isQuiet: boolean;
}

/** The options of a command that may pull. */
export interface PullOptions {
  readonly quiet?: boolean;
  readonly authFile?: string;
}

export function pullWords({ authFile, quiet = false }: PullOptions): PullWords {
  // The daemon works in another directory.
  return { isQuiet: quiet, authFile: authFile && resolve(authFile) };
}

/** Pulls an image, showing how far it is. */
export async function pullImage(
  reference: string,
  { authFile, isQuiet }: PullWords,
  context: Context,
): Promise<ImageSummary> {
  const engine = await context.engine();
  if (!isQuiet) context.warn(`Pulling ${escapeControls(reference)}`);
  const printer = new ProgressPrinter(context.cli.stderr, { isQuiet });
  try {
    return await interruptible((signal) =>
      engine.images.pull(reference, { authFile, signal, onProgress: printer.show }),
    );
  } finally {
    printer.end();
  }
}
