import { escapeControls } from '../escape.js';

/** What stands behind a label: one line, several, or entries of its own. */
export type Value = string | readonly string[] | Sheet;

export interface Entry {
  readonly label: string;
  readonly value: Value;
}

/** A description as data, in the order it is printed. */
export interface Sheet {
  readonly entries: readonly Entry[];
}

/** `undefined` leaves the entry out. */
export function sheet(entries: Record<string, Value | undefined>): Sheet {
  const present = Object.entries(entries).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return { entries: present.map(([label, value]) => ({ label, value })) };
}

/** kubectl's layout: values of one level aligned, further lines beneath the first, sheets two spaces in. */
export function renderSheet({ entries }: Sheet, indent = ''): string {
  const labels = entries.filter(({ value }) => !isSheet(value)).map(({ label }) => label.length);
  const width = Math.max(0, ...labels) + 3;
  return entries.map((entry) => renderEntry(entry, indent, width)).join('\n');
}

function isSheet(value: Value): value is Sheet {
  // Arrays, too, have an `entries`.
  return typeof value === 'object' && !Array.isArray(value);
}

function renderEntry({ label, value }: Entry, indent: string, width: number): string {
  const head = `${indent}${escapeControls(label)}:`;
  if (isSheet(value)) return `${head}\n${renderSheet(value, `${indent}  `)}`;
  const lines = (typeof value === 'string' ? value.split('\n') : value).map(escapeControls);
  const start = head.padEnd(indent.length + width);
  return `${start}${lines.join(`\n${' '.repeat(indent.length + width)}`)}`.trimEnd();
}
