import { Decompress } from 'fzstd';
import { ByteSource } from '../tar/byte-source.js';
import { invalidArchive } from '../tar/invalid.js';

const frameMagic = 0xfd2fb528;
/** Sixteen magic numbers: the lowest four bits are anybody's. */
const skippableMagic = 0x184d2a50;

/** What zstd's own program decompresses without being asked for more. */
const maxWindowBytes = 128 * 1024 * 1024;

const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];
const runBlock = 1;
const reservedBlock = 3;
const maxBlockBytes = 128 * 1024;

/**
 * Undoes zstd (RFC 8878): any number of frames, those to be skipped among them, as pzstd and zstd:chunked write
 * them. Blocks are given to the decompressor one at a time: each makes 128 KiB at most, while four bytes of input may be
 * one. Throws PEAPOD_IMAGE_INVALID for what is damaged, cut off, or wants more than 128 MiB of memory.
 */
export async function* readZstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = new ByteSource(chunks);
  try {
    for (let magic = await source.take(4); magic !== undefined; magic = await source.take(4)) {
      const number = magic.readUInt32LE(0);
      if (isSkippable(number)) await skipFrame(source);
      else if (number === frameMagic) yield* readFrame(source, magic);
      else throw damaged('a frame begins with the wrong bytes');
    }
  } finally {
    await source.close();
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === skippableMagic;
}

async function skipFrame(source: ByteSource): Promise<void> {
  const size = (await take(source, 4)).readUInt32LE(0);
  for await (const _piece of source.stream(size));
}

async function* readFrame(source: ByteSource, magic: Buffer): AsyncGenerator<Buffer> {
  const { header, hasChecksum } = await readHeader(source, magic);
  const pieces: Buffer[] = [];
  const frame = new Decompress((piece) => void pieces.push(toBuffer(piece)));
  let before = header;
  for (let isLast = false; !isLast; before = Buffer.alloc(0)) {
    const block = await readBlock(source);
    isLast = block.isLast;
    const after = isLast && hasChecksum ? await take(source, 4) : Buffer.alloc(0);
    push(frame, Buffer.concat([before, ...block.bytes, after]), isLast);
    for (const piece of pieces.splice(0)) if (piece.length > 0) yield piece;
  }
}

async function readHeader(
  source: ByteSource,
  magic: Buffer,
): Promise<{ header: Buffer; hasChecksum: boolean }> {
  const descriptor = await take(source, 1);
  const flags = descriptor[0] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const sizeBytes = contentSizeBytes[flags >> 6] || (isSingleSegment ? 1 : 0);
  const dictionary = dictionaryBytes[flags & 3] ?? 0;
  const rest = await take(source, (isSingleSegment ? 0 : 1) + dictionary + sizeBytes);
  if (dictionary > 0) throw damaged('it needs a dictionary');
  const window = isSingleSegment ? contentSize(rest) : windowSize(rest[0] ?? 0);
  if (window > maxWindowBytes) throw damaged(`it needs a window of more than ${maxWindowBytes} bytes`);
  return { header: Buffer.concat([magic, descriptor, rest]), hasChecksum: (flags & 4) !== 0 };
}

function contentSize(bytes: Buffer): number {
  if (bytes.length === 8) return Number(bytes.readBigUInt64LE(0));
  return bytes.readUIntLE(0, bytes.length) + (bytes.length === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

async function readBlock(source: ByteSource): Promise<{ bytes: Buffer[]; isLast: boolean }> {
  const header = await take(source, 3);
  const fields = header.readUIntLE(0, 3);
  const type = (fields >> 1) & 3;
  const size = fields >> 3;
  if (type === reservedBlock || size > maxBlockBytes) throw damaged('a block is malformed');
  const content = await take(source, type === runBlock ? 1 : size);
  return { bytes: [header, content], isLast: (fields & 1) === 1 };
}

function push(frame: Decompress, bytes: Buffer, isLast: boolean): void {
  try {
    frame.push(bytes, isLast);
  } catch (error) {
    throw damaged((error as Error).message, error);
  }
}

function toBuffer(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
}

async function take(source: ByteSource, size: number): Promise<Buffer> {
  const bytes = await source.take(size);
  if (bytes === undefined) throw damaged('it is cut off');
  return bytes;
}

function damaged(why: string, cause?: unknown): Error {
  return invalidArchive(`its compression is damaged (${why})`, { cause });
}
