import type { Socket } from 'node:net';
import t from 'tap';
import { requires } from '../../../scratch.js';
import { testImage } from './fixtures/image.js';
import { type Answer, send, type Turn } from './fixtures/local-registry.js';
import { impatient, type Refusal, refuseAll } from './fixtures/refusals.js';

const skip = requires('root', 'ip');
const image = testImage();
const unavailable = 'PEAPOD_REGISTRY_UNAVAILABLE';

/** Bytes on the connection that Node's server would not send. */
function raw(text: string): Answer {
  return ({ response }) => (response.socket as Socket).end(text);
}

function status(code: number, headers: Record<string, string | string[]> = {}, body = ''): Answer {
  return ({ response }) => send(response, code, body, headers);
}

function redirect(location: string): Answer {
  return status(307, { location });
}

/** A byte now and then, for as long as somebody listens. */
function drip({ response }: Turn): void {
  response.writeHead(200, { 'content-type': image.mediaType });
  response.write('{');
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}

function stall({ response }: Turn): void {
  response.writeHead(200, { 'content-type': image.mediaType, 'content-length': '1000' });
  response.write('{');
}

const refusals: Refusal[] = [
  {
    name: 'no answer',
    behaviour: { manifest: () => {} },
    options: impatient,
    code: unavailable,
    why: /does not answer/,
  },
  {
    name: 'an answer that stalls',
    behaviour: { manifest: stall },
    options: impatient,
    code: unavailable,
    why: /sent nothing/,
  },
  {
    name: 'a byte now and then',
    behaviour: { manifest: drip },
    options: impatient,
    code: unavailable,
    why: /less than/,
  },
  {
    name: 'a connection that is closed',
    behaviour: { manifest: ({ response }) => response.socket?.destroy() },
    code: unavailable,
    why: /connection to [\d.:]+ failed/,
  },
  { name: 'what is no HTTP', behaviour: { manifest: raw('SSH-2.0-OpenSSH_9.2\r\n') }, why: /as HTTP has it/ },
  {
    name: 'a header of a megabyte',
    behaviour: { manifest: raw(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1e6)}\r\n\r\n`) },
    why: /HPE_HEADER_OVERFLOW/,
  },
  {
    name: 'a hundred thousand headers',
    behaviour: { manifest: raw(`HTTP/1.1 200 OK\r\n${'x: a\r\n'.repeat(1e5)}\r\n`) },
    why: /HPE_HEADER_OVERFLOW/,
  },
  {
    name: 'two lengths',
    behaviour: { manifest: raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}') },
    why: /HPE_/,
  },
  {
    name: 'a length and chunks',
    behaviour: {
      manifest: raw(
        'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\n',
      ),
    },
    why: /HPE_/,
  },
  {
    name: 'chunks of no size',
    behaviour: { manifest: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n') },
    code: unavailable,
    why: /connection to .* failed/,
  },
  {
    name: 'a manifest that was compressed',
    behaviour: { manifest: status(200, { 'content-encoding': 'gzip' }, '\x1f\x8b') },
    why: /encoded as "gzip"/,
  },
  { name: '204', behaviour: { manifest: status(204) }, why: /answers with 204/ },
  {
    name: '206',
    behaviour: { manifest: status(206, { 'content-range': 'bytes 0-0/1' }, '{') },
    why: /with 206/,
  },
  { name: '304', behaviour: { manifest: status(304) }, why: /answers with 304/ },
  { name: '400', behaviour: { manifest: status(400) }, why: /answers with 400/ },
  {
    name: 'words that would paint a terminal',
    behaviour: { manifest: status(418, {}, '{"errors":[{"message":"\\u001b[31mred\\nline\\u202e"}]}') },
    why: /answers with 418: \[31mred line$/,
  },
  {
    name: '404',
    behaviour: {
      manifest: status(404, {}, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'),
    },
    code: 'PEAPOD_IMAGE_MISSING',
    questions: 1,
    why: /^Cannot pull 127\.0\.0\.1:\d+\/a\/b:v1: 127\.0\.0\.1:\d+ has no such image: manifest unknown$/,
  },
  {
    name: '404 that is endless',
    behaviour: {
      manifest: ({ response }) => {
        response.writeHead(404);
        response.write('x'.repeat(100_000));
      },
    },
    code: 'PEAPOD_IMAGE_MISSING',
    why: /no such image$/,
  },
  {
    name: '500 for ever',
    behaviour: { manifest: status(500) },
    code: unavailable,
    questions: 3,
    why: /with 500/,
  },
  {
    name: '429 for ever',
    behaviour: { manifest: status(429, { 'retry-after': '999999' }, '{"errors":[{"message":"slow down"}]}') },
    code: unavailable,
    questions: 3,
    why: /with 429: slow down/,
  },
  {
    name: 'a redirection to itself',
    behaviour: { manifest: (turn) => redirect(turn.asked.url)(turn) },
    why: /more than 10/,
  },
  {
    name: 'a redirection to a file',
    behaviour: { manifest: redirect('file:///etc/passwd') },
    why: /to "file:"/,
  },
  { name: 'a redirection to FTP', behaviour: { manifest: redirect('ftp://127.0.0.1/') }, why: /to "ftp:"/ },
  { name: 'a redirection to data', behaviour: { manifest: redirect('data:,{}') }, why: /to "data:"/ },
  { name: 'a redirection to nowhere', behaviour: { manifest: status(302) }, why: /to nowhere/ },
  { name: 'a redirection to nonsense', behaviour: { manifest: redirect('http://[') }, why: /no address/ },
  {
    name: 'a redirection with a user',
    behaviour: { manifest: redirect('http://u:p@127.0.0.1/') },
    why: /with a user/,
  },
  {
    name: 'a redirection to where nobody is',
    behaviour: { manifest: redirect('http://127.0.0.1:1/') },
    code: unavailable,
    why: /127\.0\.0\.1:1 cannot be reached: nothing listens there/,
  },
];

t.test('registry source: answers of a hostile registry are refused', { skip }, (t) => refuseAll(t, refusals));
