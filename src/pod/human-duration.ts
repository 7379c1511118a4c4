const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** Below `below` a duration is told in `unit`, and in `rest` too where that still matters. */
interface Scale {
  readonly below: number;
  readonly unit: readonly [number, string];
  readonly rest?: readonly [number, string];
}

/** Where kubectl changes its units. */
const scales: readonly Scale[] = [
  { below: 2 * minute, unit: [second, 's'] },
  { below: 10 * minute, unit: [minute, 'm'], rest: [second, 's'] },
  { below: 3 * hour, unit: [minute, 'm'] },
  { below: 8 * hour, unit: [hour, 'h'], rest: [minute, 'm'] },
  { below: 2 * day, unit: [hour, 'h'] },
  { below: 8 * day, unit: [day, 'd'], rest: [hour, 'h'] },
  { below: 2 * year, unit: [day, 'd'] },
  { below: 8 * year, unit: [year, 'y'], rest: [day, 'd'] },
  { below: Number.POSITIVE_INFINITY, unit: [year, 'y'] },
];

/** A duration in the two or three characters kubectl has for it: `45s`, `3m20s`, `5d`; from milliseconds. */
export function humanDuration(durationMs: number): string {
  if (durationMs <= -2 * second) return '<invalid>';
  const duration = Math.max(durationMs, 0);
  const scale = scales.find(({ below }) => duration < below) as Scale;
  const [unitMs, unit] = scale.unit;
  const whole = `${Math.floor(duration / unitMs)}${unit}`;
  if (scale.rest === undefined) return whole;
  const [restMs, restUnit] = scale.rest;
  const rest = Math.floor((duration % unitMs) / restMs);
  return rest === 0 ? whole : `${whole}${rest}${restUnit}`;
}
