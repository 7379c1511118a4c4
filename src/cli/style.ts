import { styleText } from 'node:util';
import type { Output } from './cli.js';

type Format = Parameters<typeof styleText>[0];

/** Colours only on a terminal whose user has not asked for none (no-color.org). */
export function style(output: Output, format: Format, text: string): string {
  if (!output.isTTY || process.env.NO_COLOR) return text;
  // Whether this output is a terminal is decided above, not by the process's own stdout.
  return styleText(format, text, { validateStream: false });
}
