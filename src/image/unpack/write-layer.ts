import { createHash, type Hash } from 'node:crypto';
import { UsedBuffers } from '../../kernel/used-buffers.js';
import type { Digest } from '../digest.js';
import type { Entry } from '../entry.js';
import type { Limits } from '../limits.js';
import { invalidArchive } from '../tar/invalid.js';
import { readTar } from '../tar/reader.js';
import { CommandWriter } from './command-writer.js';
import type { Command } from './commands.js';
import { decompressFile, type OpenArchive } from './decompress.js';
import { entryCommand } from './entry-command.js';
import { RememberedTimes } from './remembered-times.js';

export interface WriteTask extends OpenArchive {
  /** Where commands go: the writing end of a pipe. */
  readonly commandFd: number;
  readonly limits: Limits;
}

export interface WrittenLayer {
  /** The digest of the tar stream, decompressed, all of it. */
  readonly diffId: Digest;
  /** Bytes of all files. */
  readonly sizeBytes: number;
  readonly entries: number;
  /** Nothing of the layers below is to be seen, by an opaque whiteout at the root. */
  readonly isOpaque: boolean;
}

export interface WriteOptions {
  readonly onRead: (compressedBytes: number) => void;
  /** Looked at with each chunk. */
  readonly signal: AbortSignal;
}

/**
 * Reads a layer's archive and says, command by command, what is in it. Synchronous but for the reading: to be run in a
 * thread of its own. The archive is closed in the end. Throws PEAPOD_IMAGE_INVALID for what is malformed or beyond a limit, PEAPOD_UNSUPPORTED for a
 * compression we cannot undo, EPIPE when nobody takes the commands, the signal's reason once that is aborted.
 */
export async function writeLayer(task: WriteTask, { onRead, signal }: WriteOptions): Promise<WrittenLayer> {
  const { commandFd, limits } = task;
  const hash = createHash('sha256');
  const writer = new LayerCommands(new CommandWriter(commandFd), limits);
  const stream = measure(decompressFile(task, onRead), { hash, limits, signal });
  for await (const entry of readTar(stream, limits)) await writer.entry(entry);
  writer.finish();
  const { sizeBytes, entries, isOpaque } = writer;
  return { diffId: `sha256:${hash.digest('hex')}`, sizeBytes, entries, isOpaque };
}

class LayerCommands {
  sizeBytes = 0;
  entries = 0;
  isOpaque = false;
  readonly #writer: CommandWriter;
  readonly #times = new RememberedTimes();

  constructor(writer: CommandWriter, { entries }: Limits) {
    this.#writer = writer;
    writer.command({ type: 'begin', limit: Math.min(entries, 2 ** 32 - 1) });
  }

  async entry(entry: Entry): Promise<void> {
    const command = entryCommand(entry);
    this.entries++;
    this.sizeBytes += command.bodySize ?? 0;
    // Overlayfs does not ask the root of a layer.
    if (command.type === 'opaque' && command.path === '') this.isOpaque = true;
    else this.#send(command);
    if (command.type === 'file') for await (const piece of entry.body) this.#writer.bytes(piece);
  }

  finish(): void {
    this.#sendTimes();
    this.#writer.command({ type: 'end' });
    this.#writer.flush();
  }

  #send(command: Command): void {
    if (this.#times.note(command)) this.#sendTimes();
    this.#writer.command(command);
  }

  #sendTimes(): void {
    for (const command of this.#times.take()) this.#writer.command(command);
  }
}

const maxUsedBytes = 4 * 1024 * 1024;

async function* measure(
  chunks: AsyncIterable<Buffer>,
  { hash, limits, signal }: { hash: Hash; limits: Limits; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  let sizeBytes = 0;
  const used = new UsedBuffers('major', maxUsedBytes);
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    sizeBytes += chunk.length;
    used.add(chunk.length);
    if (sizeBytes > limits.unpackedBytes) {
      throw invalidArchive(`it is larger than ${limits.unpackedBytes} bytes, what one layer may take here`);
    }
    hash.update(chunk);
    yield chunk;
  }
}
