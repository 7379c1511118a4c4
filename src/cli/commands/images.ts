import type { Command } from 'commander';
import { humanDuration } from '../../pod/human-duration.js';
import type { ImageSummary } from '../../pod/image-api.js';
import type { Context } from '../context.js';
import { checkFormat, printObject } from '../print-objects.js';
import { formatSize } from '../size.js';
import { renderTable } from '../table.js';

interface CommandOptions {
  readonly output?: string;
  readonly quiet?: boolean;
  readonly digests?: boolean;
}

export function define(command: Command, context: Context): void {
  command
    .option('-o, --output <format>', 'json, yaml or jsonpath=TEMPLATE')
    .option('-q, --quiet', 'print only the ids')
    .option('--digests', 'print what registries know them by')
    .addHelpText('after', '\nExample:\n  peapod images --digests')
    .action((options: CommandOptions) => images(options, context));
}

async function images({ output, quiet, digests = false }: CommandOptions, context: Context): Promise<void> {
  checkFormat(output, ['json', 'yaml', 'jsonpath=']);
  const found = await (await context.engine()).images.list();
  if (output !== undefined) await printObject(context, output, found);
  else if (quiet) for (const id of new Set(found.map(shortId))) context.print(id);
  else context.print(renderTable([header(digests), ...found.map((image) => describeRow(image, digests))]));
}

function header(digests: boolean): string[] {
  return ['REPOSITORY', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'CREATED', 'SIZE'];
}

function describeRow(image: ImageSummary, digests: boolean): string[] {
  const { reference, createdAt, sizeBytes, digest } = image;
  const [repository, tag] = splitReference(reference);
  const ageMs = Date.now() - Date.parse(createdAt);
  const age = Number.isNaN(ageMs) || ageMs > oldestAgeMs ? '<unknown>' : `${humanDuration(ageMs)} ago`;
  return [
    repository,
    tag,
    ...(digests ? [digest || '<none>'] : []),
    shortId(image),
    age,
    formatSize(sizeBytes),
  ];
}

function shortId({ id }: ImageSummary): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** Older than any image: builds made to be reproducible say they are of 1970. */
const oldestAgeMs = 40 * 365 * 86_400_000;

/** `docker.io/library/nginx:latest` is `nginx` and `latest`, as Docker prints it; a digest stays with the name. */
export function splitReference(reference: string): [repository: string, tag: string] {
  const short = reference.replace(/^docker\.io\/(library\/)?/, '');
  const [, repository = short, tag = '<none>'] = /^([^@]*[^@:]):([^:/@]+)$/.exec(short) ?? [];
  return [repository, tag];
}
