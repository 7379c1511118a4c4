import type { ImageSummary } from '../pod/image-api.js';
import type { Context } from './context.js';
import { escapeControls } from './escape.js';
import { interruptible } from './interrupt.js';
import { ProgressPrinter } from './progress.js';

export interface PullWords {
  readonly authFile?: string | undefined;
  readonly isQuiet: boolean;
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
