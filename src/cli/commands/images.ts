import type { Command } from 'commander';
import type { ImageSummary } from '../../pod/engine-api.js';
import { humanDuration } from '../../pod/human-duration.js';
import type { Context } from '../context.js';
import { checkFormat, printObject } from '../print-objects.js';
import { formatSize } from '../size.js';
import { renderTable } from '../table.js';

export function define(command: Command, context: Context): void {
  command
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE')
    .addHelpText('after', '\nExample:\n  peapod images')
    .action(({ output }: { output?: string }) => images(output, context));
}

async function images(output: string | undefined, context: Context): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  const found = await (await context.engine()).images();
  if (output === undefined) context.print(renderTable([header, ...found.map(describeRow)]));
  else await printObject(context, output, found);
}

const header = ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE'];

function describeRow({ reference, id, createdAt, sizeBytes }: ImageSummary): string[] {
  const [repository, tag] = splitReference(reference);
  const ageMs = Date.now() - Date.parse(createdAt);
  const age = Number.isNaN(ageMs) || ageMs > oldestAgeMs ? '<unknown>' : `${humanDuration(ageMs)} ago`;
  return [repository, tag, id.replace(/^sha256:/, '').slice(0, 12), age, formatSize(sizeBytes)];
}

/** Older than any image: builds made to be reproducible say they are of 1970. */
const oldestAgeMs = 40 * 365 * 86_400_000;

/** `docker.io/library/nginx:latest` is `nginx` and `latest`, as Docker prints it; a digest stays with the name. */
export function splitReference(reference: string): [repository: string, tag: string] {
  const short = reference.replace(/^docker\.io\/(library\/)?/, '');
  const [, repository = short, tag = '<none>'] = /^([^@]*[^@:]):([^:/@]+)$/.exec(short) ?? [];
  return [repository, tag];
}
