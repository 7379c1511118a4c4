import { PeapodError } from '../errors.js';
import { suggest } from '../pod/manifest/suggest.js';
import type { Context } from './context.js';
import { escapeControls } from './escape.js';
import { renderJsonPath } from './jsonpath.js';

const formats = ['wide', 'json', 'yaml', 'name', 'jsonpath='];

/** Checks `-o`, before anything is asked of the engine. Throws PEAPOD_USAGE. */
export function checkFormat(format: string | undefined, allowed: readonly string[] = formats): void {
  if (format === undefined || allowed.includes(format.replace(/=.*/s, '='))) return;
  const near = suggest(format, allowed);
  throw new PeapodError('PEAPOD_USAGE', `Output format "${format}" is not known`, {
    hint: near === undefined ? `Formats: ${allowed.join(', ')}` : `Did you mean "${near}"?`,
  });
}

/** An object of the API, or a List of them, as json, yaml or through a jsonpath. */
export async function printObject(context: Context, format: string, object: unknown): Promise<void> {
  if (format === 'json') context.print(JSON.stringify(object, null, 4));
  else if (format === 'yaml') {
    const { stringify } = await import('./yaml.js');
    context.cli.stdout.write(stringify(object));
  } else {
    const text = renderJsonPath(format.slice('jsonpath='.length), object);
    context.cli.stdout.write(context.cli.stdout.isTTY ? `${escapeControls(text)}\n` : text);
  }
}

/** Kubernetes' List of objects of any kind. */
export function listOf(items: readonly unknown[]): object {
  return { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
}
