const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units with three digits, as Docker prints sizes: `7.43MB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))}${units[unit]}`;
}
