/** A time as v1 objects have it: RFC 3339 in UTC, whole seconds. From milliseconds since the epoch. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
