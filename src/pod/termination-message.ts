import { constants } from 'node:fs';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.js';
import { type ExitStatus, exitCode } from '../container/exit-status.js';
import { hasCode } from '../errors.js';
import { readLog } from './logs/read-log.js';

/** kubelet's limits, in bytes and lines. */
const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** Makes the empty file that is mounted at the container's terminationMessagePath; any user may write to it. */
export async function makeMessageFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, '');
  await chmod(path, 0o666);
}

export interface MessageSource {
  readonly messagePath: string;
  readonly logDirectory: string;
  readonly logName: string;
}

/**
 * What a container that ended left as its last words: the file, or the end of its log when the manifest asks for
 * that, the file is empty and it failed. Empty when there is nothing.
 */
export async function readTerminationMessage(
  container: Container,
  status: ExitStatus,
  source: MessageSource,
): Promise<string> {
  const message = await readEnd(source.messagePath, maxMessageBytes);
  const isAskingForLog = container.terminationMessagePolicy === 'FallbackToLogsOnError';
  if (message !== '' || !isAskingForLog || exitCode(status) === 0) return message;
  return readLogEnd(source.logDirectory, source.logName);
}

async function readLogEnd(directory: string, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const { data } of readLog(directory, name, { tail: maxLogLines })) chunks.push(data);
  return Buffer.concat(chunks).subarray(-maxLogBytes).toString('utf8');
}

async function readEnd(path: string, length: number): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(length),
        0,
        length,
        Math.max(0, size - length),
      );
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
