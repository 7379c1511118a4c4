import { posix } from 'node:path';
import { invalidDocument, isObject } from './document.js';

/** What execve(2) takes of one argument or variable; a configuration may have a thousand of each. */
const maxTextBytes = 128 * 1024;
const maxWords = 1000;
/** Labels are for display. */
const maxLabels = 500;
const maxLabelLength = 4096;

/** A text without NUL; null and nothing are ''. `where` is its place, for messages. Throws PEAPOD_IMAGE_INVALID. */
export function parseText(value: unknown, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw invalidDocument(where, 'it is no string');
  if (value.includes('\0')) throw invalidDocument(where, 'it holds a NUL');
  if (Buffer.byteLength(value) > maxTextBytes) {
    throw invalidDocument(where, `it is longer than ${maxTextBytes} bytes`);
  }
  return value;
}

/** An array of texts; null and nothing are none. */
export function parseWords(value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidDocument(where, 'it is no array');
  if (value.length > maxWords) throw invalidDocument(where, `it has more than ${maxWords} members`);
  return value.map((word, index) => {
    if (typeof word !== 'string') throw invalidDocument(`${where}[${index}]`, 'it is no string');
    return parseText(word, `${where}[${index}]`);
  });
}

/**
 * `NAME=value` entries, each name once: the last one counts. An entry without `=` is dropped: other runtimes took the
 * value of the variable from the host there.
 */
export function parseEnv(value: unknown, where: string): string[] {
  const variables = new Map<string, string>();
  for (const [index, entry] of parseWords(value, where).entries()) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0));
    if (hasControl(name)) throw invalidDocument(`${where}[${index}]`, 'its name holds a control character');
    if (name !== '') variables.set(name, entry);
  }
  return [...variables.values()];
}

/** Labels by name; the first few hundred, long ones cut. */
export function parseLabels(value: unknown, where: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalidDocument(where, 'it is no object');
  const labels = Object.entries(value).slice(0, maxLabels);
  return Object.fromEntries(
    labels.map(([name, text]) => {
      if (typeof text !== 'string')
        throw invalidDocument(`${where}.${name.slice(0, 100)}`, 'it is no string');
      return [name.slice(0, maxLabelLength), text.slice(0, maxLabelLength)];
    }),
  );
}

/** True for `80`, `80/tcp`, `8000-8010/udp`. */
export function isExposedPort(text: string): boolean {
  return /^\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp|sctp))?$/i.test(text);
}

/** The plain form of a volume's path; undefined for one that is relative, climbs or is the root. */
export function volumePath(path: string): string | undefined {
  if (!path.startsWith('/') || path.split('/').includes('..')) return undefined;
  return posix.normalize(path).replace(/\/$/, '') || undefined;
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
