import { readFileSync, renameSync, rmSync } from 'node:fs';
import { hasCode, PeapodError } from '../errors.js';
import { binding } from '../native/binding.js';
import { AT_FDCWD, O_CREAT, O_TRUNC } from './constants.js';

/**
 * Replaces a volatile record, one of the run directory: whole or not at all after a crash of this process, but not
 * after one of the machine, which makes it meaningless anyway. Synchronous: a few tens of microseconds on the path of
 * every start, against a hundred for each trip to Node's thread pool. Hence apart from durable-file.ts, and without a
 * digest: what a power cut may damage is not read again.
 */
export function writeVolatileRecord(path: string, record: { readonly version: number }): void {
  stageVolatileRecord(path, record)();
}

/** The same in two steps: what it answers puts the record in its place. */
export function stageVolatileRecord(path: string, record: { readonly version: number }): () => void {
  const temporary = temporaryPath(path);
  try {
    binding().writeAt(AT_FDCWD, temporary, recordText(record), O_CREAT | O_TRUNC, 0o600);
  } catch (cause) {
    throw namePath(cause as NodeJS.ErrnoException, temporary);
  }
  return () => renameSync(temporary, path);
}

/** The addon's error with what it lacks of Node's own. */
function namePath({ message, code, errno, syscall }: NodeJS.ErrnoException, path: string): Error {
  return Object.assign(new Error(`${message} '${path}'`), { code, errno, syscall, path });
}

/** The same for a launch to do: where the record is, where it is written first, and what it says. */
export function recordTexts(
  path: string,
  record: { readonly version: number },
): { record: string; temporary: string; content: string } {
  return { record: path, temporary: temporaryPath(path), content: recordText(record) };
}

function recordText(record: { readonly version: number }): string {
  return `${JSON.stringify(record)}\n`;
}

/** Removes such a record, and what an engine that was killed while it wrote it left of it. */
export function removeVolatileRecord(path: string): void {
  rmSync(path, { force: true });
  rmSync(temporaryPath(path), { force: true });
}

/** Reads such a record; undefined when there is none. Throws PEAPOD_STATE_CORRUPT for one that is not of `version`. */
export function readVolatileRecord<T extends { readonly version: number }>(
  path: string,
  version: number,
): T | undefined {
  const text = readText(path);
  if (text === undefined) {
    return undefined;
  }
  const record = parse(text) as T | undefined;
  if (record?.version !== version) {
    throw new PeapodError('PEAPOD_STATE_CORRUPT', `The record ${path} is not one of version ${version}`, {
      details: { path },
    });
  }
  return record;
}

function temporaryPath(path: string): string {
  return `${path}.tmp`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
