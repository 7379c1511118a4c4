import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Engine, LogChunk, LogOptions } from '../pod/engine-api.js';
import { channels, encodeFrame } from './frames.js';
import { imageStreams } from './image-streams.js';
import type { Target } from './routes.js';
import { encodeError } from './wire-error.js';

export interface StreamCall {
  readonly engine: Engine;
  readonly target: Target;
  readonly request: IncomingMessage;
  /** Aborts when the client went away or the daemon stops. */
  readonly signal: AbortSignal;
}

export type Stream = (call: StreamCall) => AsyncIterable<Uint8Array | string>;

/** Calls that are answered with a stream. */
export const streamRoutes: Record<string, Stream> = {
  'GET /v1/watch': watch,
  'GET /v1/pods/*/logs': logs,
  ...imageStreams,
};

/**
 * Sends what a stream yields as fast as the client reads it. The answer begins with the first piece, so that an
 * error before it has its own status; one after it is a piece of the stream.
 */
export async function sendStream(
  response: ServerResponse,
  pieces: AsyncIterable<Uint8Array | string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const piece of pieces) {
    if (!response.write(piece)) await drained(response);
    if (response.destroyed) return;
  }
  // A stream cut short by us must not look like one that came to its end.
  if (signal.aborted) response.destroy();
  else response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** One JSON value a line. A failure is a line of type ERROR, as in Kubernetes' watch. */
async function* watch({ engine, target, signal }: StreamCall): AsyncGenerator<string> {
  const name = target.query.get('name');
  // An empty line, which clients skip, starts the answer although there may be no pod yet.
  yield '\n';
  try {
    for await (const event of engine.watch({ ...(name === null ? {} : { name }), signal }))
      yield `${JSON.stringify(event)}\n`;
  } catch (error) {
    yield `${JSON.stringify({ type: 'ERROR', object: encodeError(error) })}\n`;
  }
}

/** Frames: `timestamp SPACE data` on the channel of the stream it was written to. */
async function* logs({ engine, target, signal }: StreamCall): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of engine.logs(target.name, { ...parseLogOptions(target.query), signal }))
      yield encodeFrame(channels[chunk.stream], encodeChunk(chunk));
  } catch (error) {
    yield encodeFrame(channels.error, Buffer.from(JSON.stringify(encodeError(error))));
  }
}

function encodeChunk(chunk: LogChunk): Buffer {
  return Buffer.concat([Buffer.from(`${chunk.timestamp} `), chunk.data]);
}

function parseLogOptions(query: URLSearchParams): LogOptions {
  const container = query.get('container');
  const tail = query.get('tail');
  const sinceMs = query.get('sinceMs');
  return {
    ...(container === null ? {} : { container }),
    ...(tail === null ? {} : { tail: Number(tail) }),
    ...(sinceMs === null ? {} : { sinceMs: Number(sinceMs) }),
    previous: query.get('previous') === 'true',
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
  };
}
