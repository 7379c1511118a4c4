import { PeapodError } from '../../errors.js';
import { isObject, type JsonObject } from '../document.js';

/** The error for a configuration that cannot be used; `place` is where in the file, '' for all of it. */
export function invalidConfiguration(path: string, place: string, why: string): PeapodError {
  const where = place === '' ? '' : ` at ${place}`;
  return new PeapodError('PEAPOD_REGISTRY_CONFIG', `Cannot use "${path}"${where}: ${why}`, {
    details: { path, place },
  });
}

/** A value that must be an object with no other members than `known`, if that is given. */
export function objectAt(
  value: unknown,
  { path, place, known }: { path: string; place: string; known?: readonly string[] },
): JsonObject {
  if (!isObject(value)) throw invalidConfiguration(path, place, 'it is no object');
  const strange = known && Object.keys(value).find((key) => !known.includes(key));
  if (strange === undefined) return value;
  const all = known?.map((key) => JSON.stringify(key)).join(', ');
  const why = `${JSON.stringify(strange)} is none of ${all}`;
  throw invalidConfiguration(path, place, why);
}

/** Parses the text of the file at `path`. */
export function parseConfiguration(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidConfiguration(path, '', `it is no JSON (${(cause as Error).message})`);
  }
}
