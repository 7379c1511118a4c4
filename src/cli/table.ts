import { escapeCell } from './escape.js';

/** Spaces between columns: kubectl's. */
const gap = 3;

/** kubectl's plain table: padded columns, no rules. The last column is as long as it is. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(escapeCell));
  const widths = columnWidths(cells);
  return cells.map((row) => renderRow(row, widths)).join('\n');
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return widths;
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  const last = row.length - 1;
  return row.map((cell, at) => (at === last ? cell : cell.padEnd((widths[at] ?? 0) + gap))).join('');
}
