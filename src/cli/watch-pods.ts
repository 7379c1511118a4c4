import type { Pod } from 'kubernetes-types/core/v1.js';
import type { Context } from './context.js';
import { podHeader, podRow } from './pod-table.js';
import { printObject } from './print-objects.js';
import { renderTable } from './table.js';

export interface WatchOptions {
  readonly names: readonly string[];
  readonly output?: string;
  readonly headers: boolean;
}

/** Prints the pods given, then every change of them that shows, until interrupted. */
export async function watchPods(
  pods: readonly Pod[],
  options: WatchOptions,
  context: Context,
): Promise<void> {
  const print = makePrinter(pods, options, context);
  for (const pod of pods) await print(pod);
  const [name, ...others] = options.names;
  const engine = await context.engine();
  const filter = name === undefined || others.length > 0 ? {} : { name };
  for await (const { object } of engine.watch(filter)) if (isAsked(object, options)) await print(object);
}

function isAsked(pod: Pod, { names }: WatchOptions): boolean {
  return names.length === 0 || names.includes(pod.metadata?.name ?? '');
}

function makePrinter(pods: readonly Pod[], options: WatchOptions, context: Context) {
  const { output } = options;
  if (output === 'name') return async (pod: Pod) => context.print(`pod/${pod.metadata?.name}`);
  if (output !== undefined && output !== 'wide') return (pod: Pod) => printObject(context, output, pod);
  return makeRowPrinter(pods, options, context);
}

/** Columns keep the widths of the first pods: rows already printed cannot move. */
function makeRowPrinter(pods: readonly Pod[], { output, headers }: WatchOptions, context: Context) {
  const isWide = output === 'wide';
  const header = podHeader(isWide);
  const rows = pods.map((pod) => podRow(pod, isWide));
  const widths = header.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const last = new Map<string | undefined, string>();
  const printRow = (row: readonly string[]): void => {
    const padded = row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)));
    context.print(renderTable([padded]));
  };
  if (headers) printRow(header);
  return async (pod: Pod): Promise<void> => {
    const row = podRow(pod, isWide);
    const shown = row.filter((_cell, at) => header[at] !== 'AGE').join('\0');
    if (last.get(pod.metadata?.uid) === shown) return;
    last.set(pod.metadata?.uid, shown);
    printRow(row);
  };
}
