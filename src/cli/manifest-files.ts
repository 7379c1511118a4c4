import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PeapodError } from '../errors.js';

export interface ManifestText {
  readonly text: string;
  /** Named in errors. */
  readonly source: string;
}

/** The manifests of each `-f`: a file, the .yaml, .yml and .json files of a directory, or `-` for stdin. */
export async function* readManifests(
  names: readonly string[],
  stdin: Readable,
): AsyncGenerator<ManifestText> {
  for (const name of names) {
    if (name === '-') yield { text: await text(stdin), source: 'stdin' };
    else for (const path of listFiles(name)) yield { text: readFile(path), source: path };
  }
}

function listFiles(name: string): string[] {
  if (!reading(name, () => statSync(name)).isDirectory()) return [name];
  const files = reading(name, () => readdirSync(name)).filter((file) => /\.(ya?ml|json)$/.test(file));
  if (files.length === 0) throw new PeapodError('PEAPOD_USAGE', `No .yaml or .json file is in "${name}"`);
  return files.sort().map((file) => join(name, file));
}

function readFile(path: string): string {
  return reading(path, () => readFileSync(path, 'utf8'));
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new PeapodError('PEAPOD_USAGE', `Cannot read "${path}": ${code}`, { cause });
  }
}
