/** Which bytes an answer of 206 has: first and last, and of how many, if that is said. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

/** Reads `Content-Range: bytes 5-9/10` (RFC 9110, 14.4); undefined for anything else. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  return last < first || (total !== undefined && total <= last) ? undefined : { first, last, total };
}
