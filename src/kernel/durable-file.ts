import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PeapodError } from '../errors.js';
import { digest } from './digest.js';

const version = 1;

export interface ReplaceOptions {
  /** Wait until the disk has it, and its name. */
  readonly isDurable: boolean;
  /** Where it is written first, on the same file system; `<path>.tmp` unless stray files there would be in the way. */
  readonly temporary?: string;
}

/** Replaces a file: whoever reads, and whenever the power fails, finds the old one or the new one whole. */
export async function replaceFile(path: string, text: string, options: ReplaceOptions): Promise<void> {
  const { isDurable, temporary = `${path}.tmp` } = options;
  try {
    await writeWhole(temporary, text, isDurable);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  if (isDurable) await syncDirectory(dirname(path));
}

/** Replaces a JSON record, wrapped with a version and a digest, which tells a damaged one from an odd one. */
export async function writeRecord(path: string, record: unknown, options: ReplaceOptions): Promise<void> {
  await replaceFile(path, encodeRecord(record), options);
}

/** Reads a record back. Rejects with PEAPOD_STATE_CORRUPT when it is not what was written. */
export async function readRecord(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return decodeRecord(text);
  } catch (cause) {
    throw new PeapodError(
      'PEAPOD_STATE_CORRUPT',
      `Cannot read the record ${path}: ${(cause as Error).message}`,
      {
        cause,
        details: { path },
      },
    );
  }
}

/** Waits until the disk has the names of a directory. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function encodeRecord(record: unknown): string {
  const text = JSON.stringify(record);
  return `{"version":${version},"digest":"${digest(text)}","record":${text}}\n`;
}

function decodeRecord(text: string): unknown {
  const wrapper: unknown = JSON.parse(text);
  if (!isObject(wrapper)) throw new Error('it is not an object');
  if (wrapper.version !== version) throw new Error(`its version is ${JSON.stringify(wrapper.version)}`);
  if (wrapper.digest !== digest(JSON.stringify(wrapper.record) ?? ''))
    throw new Error('its digest does not match');
  return wrapper.record;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

async function writeWhole(path: string, text: string, isDurable: boolean): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    if (isDurable) await file.datasync();
  } finally {
    await file.close();
  }
}
