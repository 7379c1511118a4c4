import t from 'tap';
import { requires } from '../../../scratch.js';
import { testImage } from './fixtures/image.js';
import { type Answer, send, type Turn } from './fixtures/local-registry.js';
import { impatient, type Refusal, refuseAll } from './fixtures/refusals.js';

const skip = requires('root', 'ip');
const { layer } = testImage();
const size = layer.length;
const unavailable = 'PEAPOD_REGISTRY_UNAVAILABLE';
const half = layer.subarray(0, size / 2);

function whole(body: Buffer, headers: Record<string, string> = {}): Answer {
  return ({ response }) => send(response, 200, body, headers);
}

function chunked(...chunks: readonly Buffer[]): Answer {
  return ({ response }) => {
    for (const chunk of chunks) response.write(chunk);
    response.end();
  };
}

/** Says it has all of it and stops half-way. */
function broken({ response }: Turn): void {
  response.writeHead(200, { 'content-length': String(size) });
  response.write(half, () => response.socket?.destroy());
}

/** Half of it first, and then, when asked for the rest, something else. */
function thenOtherwise(answer: (turn: Turn, start: number) => unknown): Answer {
  return (turn) => {
    const { range } = turn.asked.headers;
    return range === undefined ? broken(turn) : answer(turn, Number(/\d+/.exec(range)?.[0]));
  };
}

function rangeOf(
  describe: (start: number) => string,
  body = (start: number) => layer.subarray(start),
): Answer {
  return thenOtherwise(({ response }, start) =>
    send(response, 206, body(start), { 'content-range': describe(start) }),
  );
}

function endless({ response }: Turn): void {
  const more = () => {
    while (!response.destroyed && response.write(layer));
  };
  response.on('drain', more);
  more();
}

function drip({ response }: Turn): void {
  const timer = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(timer));
}

function stall({ response }: Turn): void {
  response.writeHead(200, { 'content-length': String(size) });
  response.write(half);
}

const oneByte = (start: number) => layer.subarray(start, start + 1);

const refusals: Refusal[] = [
  { name: 'other bytes', behaviour: { layer: whole(Buffer.alloc(size)) }, why: /has digest sha256:/ },
  { name: 'a shorter length', behaviour: { layer: whole(half) }, why: /has \d+ bytes for blob/ },
  {
    name: 'a larger length',
    behaviour: { layer: whole(Buffer.concat([layer, half])) },
    why: /has \d+ bytes for/,
  },
  {
    name: 'a blob that ends early',
    behaviour: { layer: chunked(half) },
    questions: 4,
    why: /ends blob .* after \d+$/,
  },
  { name: 'a blob that goes on', behaviour: { layer: chunked(layer, half) }, why: /longer than/ },
  { name: 'an endless blob', behaviour: { layer: endless }, why: /longer than/ },
  { name: 'nothing', behaviour: { layer: chunked() }, why: /has 0 bytes for blob/ },
  {
    name: 'a web page',
    behaviour: { layer: whole(Buffer.from('<html>'), { 'content-type': 'text/html' }) },
    why: /has 6 bytes/,
  },
  {
    name: 'a blob that was compressed',
    behaviour: { layer: whole(layer, { 'content-encoding': 'gzip' }) },
    why: /"gzip"/,
  },
  {
    name: 'a blob of two encodings',
    behaviour: { layer: whole(layer, { 'content-encoding': 'br, gzip' }) },
    why: /"br, gzip"/,
  },
  {
    name: 'a byte now and then',
    behaviour: { layer: drip },
    options: impatient,
    code: unavailable,
    why: /less than 1000/,
  },
  {
    name: 'a blob that stalls',
    behaviour: { layer: stall },
    options: impatient,
    code: unavailable,
    why: /sent nothing/,
  },
  {
    name: 'no answer',
    behaviour: { layer: () => {} },
    options: impatient,
    code: unavailable,
    why: /does not answer/,
  },
  {
    name: 'a connection that breaks off for ever',
    behaviour: { layer: thenOtherwise(({ response }) => response.socket?.destroy()) },
    code: unavailable,
    questions: 9,
    why: /connection to [\d.:]+ failed/,
  },
  {
    name: 'a connection that breaks off, with nothing to resume',
    behaviour: { layer: broken },
    code: unavailable,
    questions: 9,
    why: /connection to [\d.:]+ failed/,
  },
  {
    name: 'a part that nobody asked for',
    behaviour: {
      layer: ({ response }) => send(response, 206, layer, { 'content-range': `bytes 0-${size - 1}/${size}` }),
    },
    why: /answers with 206/,
  },
  {
    name: 'a part from elsewhere',
    behaviour: { layer: rangeOf((start) => `bytes ${start - 1}-${size - 1}/${size}`) },
    why: /when asked for/,
  },
  {
    name: 'a part of something else',
    behaviour: { layer: rangeOf((start) => `bytes ${start}-${size - 1}/${size + 1}`) },
    why: /when asked/,
  },
  {
    name: 'a part beyond the end',
    behaviour: { layer: rangeOf((start) => `bytes ${start}-${size}/*`) },
    why: /when asked/,
  },
  { name: 'a part that is nowhere', behaviour: { layer: rangeOf(() => 'bytes */1') }, why: /when asked/ },
  {
    name: 'a part that does not say which',
    behaviour: { layer: thenOtherwise(({ response }, start) => send(response, 206, layer.subarray(start))) },
    why: /sends "undefined" when asked/,
  },
  {
    name: 'a part with other bytes',
    behaviour: {
      layer: rangeOf(
        (start) => `bytes ${start}-${size - 1}/${size}`,
        (start) => Buffer.alloc(size - start),
      ),
    },
    why: /has digest/,
  },
  {
    name: 'a part that is longer than it says',
    behaviour: {
      layer: rangeOf(
        (start) => `bytes ${start}-${size - 1}/${size}`,
        () => layer,
      ),
    },
    why: /longer than/,
  },
  {
    name: 'one byte at a time',
    behaviour: { layer: rangeOf((start) => `bytes ${start}-${start}/${size}`, oneByte) },
    code: unavailable,
    questions: 9,
    why: /ends blob/,
  },
  {
    name: '416 for ever',
    behaviour: { layer: thenOtherwise(({ response }) => send(response, 416)) },
    code: unavailable,
    questions: 9,
    why: /does not resume|connection/,
  },
  {
    name: '416 at once',
    behaviour: { layer: ({ response }) => send(response, 416) },
    why: /answers with 416/,
  },
  {
    name: 'a blob that is not there',
    behaviour: { layer: ({ response }) => send(response, 404) },
    questions: 4,
    why: /no such blob/,
  },
  {
    name: 'a blob that has not changed',
    behaviour: { layer: ({ response }) => send(response, 304) },
    why: /with 304/,
  },
  {
    name: '503 for ever',
    behaviour: { layer: ({ response }) => send(response, 503) },
    code: unavailable,
    questions: 8,
    why: /503/,
  },
  {
    name: 'a redirection to a file',
    behaviour: { layer: ({ response }) => send(response, 302, '', { location: 'file:///etc/shadow' }) },
    why: /to "file:"/,
  },
];

t.test('registry source: blobs of a hostile registry are refused', { skip }, (t) => refuseAll(t, refusals));
