import type { PodEvent } from '../../pod/engine-api.js';
import { humanDuration } from '../../pod/human-duration.js';
import { renderTable } from '../table.js';
import { indent } from './indent.js';

/** The newest last, as they came. */
export function describeEvents(events: readonly PodEvent[], now: number): string {
  if (events.length === 0) return 'Events:   <none>';
  const header = ['Type', 'Reason', 'Age', 'From', 'Message'];
  const rows = events.map((event) => describeRow(event, now));
  const lines = renderTable([header, header.map((title) => '-'.repeat(title.length)), ...rows]);
  return `Events:\n${indent(lines)}`;
}

function describeRow(event: PodEvent, now: number): string[] {
  const container = /\{(.*)\}/.exec(event.field)?.[1];
  const from = container === undefined ? 'peapod' : `peapod, ${container}`;
  return [event.type, event.reason, describeAge(event, now), from, event.message.trim()];
}

/** `5s`, or of an event that repeats `5s (x3 over 2m)`. */
function describeAge({ firstAt, lastAt, count }: PodEvent, now: number): string {
  const last = humanDuration(now - Date.parse(lastAt));
  return count > 1 ? `${last} (x${count} over ${humanDuration(now - Date.parse(firstAt))})` : last;
}
