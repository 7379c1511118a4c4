import { PeapodError } from '../errors.js';
import { findDuplicateMember } from './duplicate-member.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The largest manifest, index or configuration that is read: 4 MiB, as registries have it. */
export const maxDocumentBytes = 4 * 1024 * 1024;

/**
 * Reads a JSON document of an image. `what` is its name in messages, for example `manifest`. Throws
 * PEAPOD_IMAGE_INVALID for what is too large, no UTF-8, no JSON or no object, and for members whose names differ from
 * one of `names` by case only: other programs would read those.
 */
export function parseDocument(bytes: Buffer, what: string, names: readonly string[]): JsonObject {
  const value = parseJson(bytes, what);
  if (!isObject(value)) throw invalidDocument(what, 'it is no JSON object');
  rejectOtherCase(value, what, names);
  return value;
}

/** The same for a document that is an array. */
export function parseArrayDocument(bytes: Buffer, what: string): readonly unknown[] {
  const value = parseJson(bytes, what);
  if (!Array.isArray(value)) throw invalidDocument(what, 'it is no JSON array');
  return value;
}

/** Throws for members of an object whose names differ from one of `names` by case only. */
export function rejectOtherCase(object: JsonObject, where: string, names: readonly string[]): void {
  for (const key of Object.keys(object)) {
    const name = names.find((known) => known !== key && known.toLowerCase() === key.toLowerCase());
    if (name !== undefined) throw invalidDocument(where, `it has "${key}", which some read as "${name}"`);
  }
}

/** A document of our own: the same value gives the same bytes. */
export function encodeDocument(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parseJson(bytes: Buffer, what: string): unknown {
  if (bytes.length > maxDocumentBytes) {
    throw invalidDocument(what, `it is larger than ${maxDocumentBytes} bytes`);
  }
  const { value, twice } = readJson(bytes, what);
  if (twice === undefined) return value;
  throw invalidDocument(what, `it has ${JSON.stringify(twice.slice(0, 100))} twice in one place`);
}

function readJson(bytes: Buffer, what: string): { value: unknown; twice: string | undefined } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { value: JSON.parse(text), twice: findDuplicateMember(text) };
  } catch (cause) {
    throw invalidDocument(what, 'it is no JSON', cause);
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that must be a string of at most 255 bytes. `where` is the place of the object. */
export function memberString(object: JsonObject, name: string, where: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw invalidDocument(`${where}.${name}`, 'it is no string');
  if (value.length > 255) throw invalidDocument(`${where}.${name}`, 'it is longer than 255 characters');
  return value;
}

/** The error for a document of an image; `where` is the place in it, for example `manifest.layers[3].size`. */
export function invalidDocument(where: string, why: string, cause?: unknown): PeapodError {
  return new PeapodError('PEAPOD_IMAGE_INVALID', `Cannot read the image: ${where}: ${why}`, {
    cause,
    details: { where },
  });
}
