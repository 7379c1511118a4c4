import type { IncomingMessage, ServerResponse } from 'node:http';
import { PeapodError } from '../errors.js';
import { encodeError, httpStatus } from './wire-error.js';

/** Bytes of a request's body: a manifest of a megabyte is already none that anyone wrote. */
const maxBodyBytes = 4 * 1024 * 1024;

/** The body as JSON. Throws PEAPOD_USAGE when it is too large or is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > maxBodyBytes) throw tooLarge();
    pieces.push(piece as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch (cause) {
    throw new PeapodError('PEAPOD_USAGE', 'The body of the request is not JSON', { cause });
  }
}

function tooLarge(): PeapodError {
  return new PeapodError('PEAPOD_USAGE', `The body of the request is larger than ${maxBodyBytes} bytes`, {
    hint: 'Apply the documents of a large manifest one by one',
  });
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value ?? null));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Answers with the error, or, when the answer had begun, breaks the connection off. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of a refused body is not read: the connection cannot be used again.
  if (!response.req.complete) response.setHeader('connection', 'close');
  sendJson(response, encodeError(error), httpStatus(error));
}
