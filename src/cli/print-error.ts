import { PeapodError } from '../errors.js';
import { type Problem, renderProblems } from '../pod/manifest/problem.js';
import type { Output } from './cli.js';
import { escapeControls } from './escape.js';
import { style } from './style.js';

/** Prints `error: sentence` and `hint: …`; of a manifest, one line for each problem; with `verbose`, the causes. */
export function printError(stderr: Output, error: unknown, verbose: boolean): void {
  const lines = [`${style(stderr, ['bold', 'red'], 'error:')} ${describe(error)}`];
  const hint = (error as { hint?: unknown }).hint;
  const problems = problemsOf(error);
  if (problems !== undefined) lines.push(problems);
  else if (typeof hint === 'string') lines.push(`${style(stderr, 'cyan', 'hint:')} ${escapeControls(hint)}`);
  if (verbose) lines.push(...describeCauses(error));
  stderr.write(`${lines.join('\n')}\n`);
}

function describe(error: unknown): string {
  if (problemsOf(error) !== undefined)
    return `Manifest ${JSON.stringify((error as PeapodError).details.source)} is invalid`;
  return escapeControls(error instanceof Error ? error.message : String(error));
}

function problemsOf(error: unknown): string | undefined {
  if (!(error instanceof PeapodError) || error.code !== 'PEAPOD_MANIFEST_INVALID') return undefined;
  const { problems, source } = error.details;
  if (!Array.isArray(problems) || typeof source !== 'string') return undefined;
  return escapeControls(renderProblems(problems as Problem[], source));
}

function describeCauses(error: unknown): string[] {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(escapeControls(at.stack ?? at.message));
  return lines;
}
