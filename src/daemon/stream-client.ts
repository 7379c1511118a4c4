import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { LogChunk, WatchEvent } from '../pod/engine-api.js';
import { explainConnection } from './connection-error.js';
import { channels, type Frame, FrameParser } from './frames.js';
import { decodeError, type WireError } from './wire-error.js';

type Open = () => Promise<IncomingMessage>;

/** Ends quietly when the signal aborts, with an error when the daemon goes away. */
export async function* readWatch(open: Open, signal?: AbortSignal): AsyncGenerator<WatchEvent> {
  for await (const line of readLines(open, signal)) {
    const event = JSON.parse(line) as WatchEvent | { type: 'ERROR'; object: WireError };
    if (event.type === 'ERROR') throw decodeError(event.object);
    yield event;
  }
}

/** Ends as `readWatch` does, and at the end of a log that is not followed. */
export async function* readLogs(open: Open, signal?: AbortSignal): AsyncGenerator<LogChunk> {
  const parser = new FrameParser();
  for await (const piece of readPieces(open, signal))
    for (const frame of parser.push(piece)) yield decodeChunk(frame);
}

/** The bytes of an answer that comes in frames. Rejects with the signal's reason when it aborts. */
export async function* readBytes(open: Open, signal?: AbortSignal): AsyncGenerator<Buffer> {
  const parser = new FrameParser();
  for await (const piece of readPieces(open, signal))
    for (const { channel, payload } of parser.push(piece)) {
      if (channel === channels.error) throw decodeError(JSON.parse(payload.toString('utf8')));
      yield payload;
    }
  signal?.throwIfAborted();
}

async function* readPieces(open: Open, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const piece of await open()) yield piece as Buffer;
  } catch (error) {
    if (signal?.aborted) return;
    throw explainConnection(error);
  }
}

/** The lines of an answer but the empty ones. Ends as `readWatch` does. */
export async function* readLines(open: Open, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of readPieces(open, signal)) {
    const lines = (rest + decoder.write(piece)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
}

function decodeChunk({ channel, payload }: Frame): LogChunk {
  if (channel === channels.error) throw decodeError(JSON.parse(payload.toString('utf8')));
  const end = payload.indexOf(0x20);
  return {
    stream: channel === channels.stdout ? 'stdout' : 'stderr',
    timestamp: payload.toString('latin1', 0, end),
    data: payload.subarray(end + 1),
  };
}
