import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { LogChunk } from '../../../../src/pod/engine-api.js';
import { parseLogLine } from '../../../../src/pod/logs/log-line.js';
import { type ReadLogOptions, readLog } from '../../../../src/pod/logs/read-log.js';

const root = await mkdtemp(join(tmpdir(), 'peapod-logs-'));
t.teardown(() => rm(root, { recursive: true }));
let directories = 0;

async function newDirectory(): Promise<string> {
  const directory = join(root, String(directories++));
  await mkdir(directory);
  return directory;
}

async function collect(chunks: AsyncIterable<LogChunk>): Promise<LogChunk[]> {
  const all: LogChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

function joinStream(chunks: readonly LogChunk[], stream: string): Buffer {
  return Buffer.concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.data));
}

function encodeLine(stream: string, data: Buffer): Buffer {
  const isFull = data.at(-1) === 0x0a;
  const message = isFull ? data : Buffer.concat([data, Buffer.from('\n')]);
  return Buffer.concat([
    Buffer.from(`2024-05-06T07:08:09.123456789Z ${stream} ${isFull ? 'F' : 'P'} `),
    message,
  ]);
}

/** What a container may write at once: text with at most one newline, at its end. */
const piece = fc.record({
  stream: fc.constantFrom('stdout', 'stderr'),
  data: fc
    .tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean())
    .map(([bytes, isFull]) =>
      Buffer.concat([Buffer.from(bytes.filter((byte) => byte !== 10)), Buffer.from(isFull ? '\n' : '')]),
    ),
});
const step = fc.oneof(
  { weight: 6, arbitrary: piece },
  { weight: 1, arbitrary: fc.constant('rotate' as const) },
);

async function rotate(directory: string, count: number): Promise<void> {
  const stamp = `20240131-${String(235900 + count)}`;
  await rename(join(directory, '0.log'), join(directory, `0.log.${stamp}`)).catch(() => {});
}

t.test('a log line without its newline, tag or stream is no log line', async (t) => {
  const line = '2024-05-06T07:08:09.1Z stdout F hello\n';
  t.match(parseLogLine(Buffer.from(line)), { stream: 'stdout', isPartial: false });
  for (let length = 0; length < line.length; length++) {
    t.equal(parseLogLine(Buffer.from(line.slice(0, length))), undefined, `cut at ${length}`);
  }
  t.equal(parseLogLine(Buffer.from(line.replace('stdout', 'stdin'))), undefined);
  t.equal(parseLogLine(Buffer.from(line.replace('F', 'X'))), undefined);
  t.equal(parseLogLine(Buffer.from(line.replace('F', 'P:x')))?.isPartial, true);
});

t.test('what is read of a log is what was written, byte by byte, over any rotations', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const directory = await newDirectory();
      const written: LogChunk[] = [];
      let rotations = 0;
      for (const it of steps) {
        if (it === 'rotate') await rotate(directory, rotations++);
        else {
          written.push({ ...it, timestamp: '' });
          await appendFile(join(directory, '0.log'), encodeLine(it.stream, it.data));
        }
      }
      const read = await collect(readLog(directory, '0.log'));
      for (const stream of ['stdout', 'stderr']) {
        if (!joinStream(read, stream).equals(joinStream(written, stream))) return false;
      }
      return true;
    }),
    { numRuns: 60 },
  );
  t.pass();
});

t.test('a follower sees each byte once while lines are torn and files rotated under it', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(fc.nat(20)), async (steps, cuts) => {
      const directory = await newDirectory();
      let end = () => {};
      const ended = new Promise<void>((resolve) => (end = resolve));
      const reading = collect(readLog(directory, '0.log', { ended }));
      const written: LogChunk[] = [];
      let rotations = 0;
      for (const [index, it] of steps.entries()) {
        if (it === 'rotate') await rotate(directory, rotations++);
        else {
          written.push({ ...it, timestamp: '' });
          const line = encodeLine(it.stream, it.data);
          const cut = cuts[index] ?? line.length;
          await appendFile(join(directory, '0.log'), line.subarray(0, cut));
          await appendFile(join(directory, '0.log'), line.subarray(cut));
        }
      }
      end();
      const read = await reading;
      return ['stdout', 'stderr'].every((stream) =>
        joinStream(read, stream).equals(joinStream(written, stream)),
      );
    }),
    { numRuns: 60 },
  );
  t.pass();
});

t.test('a follower is told of what was removed before it was read, and of nothing else', async (t) => {
  const directory = await newDirectory();
  const live = join(directory, '0.log');
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let gaps = 0;
  await appendFile(live, encodeLine('stdout', Buffer.from('first\n')));
  const chunks = readLog(directory, '0.log', { ended, onGap: () => gaps++ });
  t.match((await chunks.next()).value?.data.toString(), 'first');
  await rotate(directory, 0);
  await appendFile(live, encodeLine('stdout', Buffer.from('lost\n')));
  await rotate(directory, 1);
  await appendFile(live, encodeLine('stdout', Buffer.from('last\n')));
  for (const name of ['0.log.20240131-235900', '0.log.20240131-235901']) await rm(join(directory, name));
  end();
  t.same(
    (await collect(chunks)).map(({ data }) => data.toString()),
    ['last\n'],
  );
  t.equal(gaps, 1);
});

t.test('tail gives the last lines, parts counted as one, wherever files are cut', async (t) => {
  const line = fc.array(
    fc.string({ maxLength: 5 }).map((text) => text.replaceAll('\n', '')),
    { minLength: 1, maxLength: 3 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 20 }),
      fc.nat(24),
      fc.nat(20),
      fc.boolean(),
      async (lines, tail, at, isTorn) => {
        const directory = await newDirectory();
        for (const [index, parts] of lines.entries()) {
          if (index === at) await rotate(directory, 0);
          const data = parts.map((part, n) =>
            encodeLine('stdout', Buffer.from(n === parts.length - 1 ? `${part}\n` : part)),
          );
          await appendFile(join(directory, '0.log'), Buffer.concat(data));
        }
        if (isTorn) await appendFile(join(directory, '0.log'), '2024-05-06T07:08:09.1Z stdou');
        const read = joinStream(await collect(readLog(directory, '0.log', { tail })), 'stdout').toString();
        const whole = lines.map((parts) => `${parts.join('')}\n`);
        return read === whole.slice(Math.max(0, whole.length - tail)).join('');
      },
    ),
    { numRuns: 80 },
  );
  t.pass();
});

t.test('tail of a large log reads its end only', async (t) => {
  const directory = await newDirectory();
  const line = encodeLine('stdout', Buffer.from(`${'x'.repeat(15_000)}\n`));
  await writeFile(join(directory, '0.log'), Buffer.concat(Array.from({ length: 400 }, () => line)));
  await appendFile(join(directory, '0.log'), encodeLine('stdout', Buffer.from('last\n')));
  const read = await collect(readLog(directory, '0.log', { tail: 7 }));
  t.equal(read.length, 7);
  t.equal(read.at(-1)?.data.toString(), 'last\n');
});

t.test('an unfinished part at the end counts as a line of tail', async (t) => {
  const directory = await newDirectory();
  await appendFile(join(directory, '0.log'), encodeLine('stdout', Buffer.from('one\n')));
  await appendFile(join(directory, '0.log'), encodeLine('stdout', Buffer.from('prompt> ')));
  const read = await collect(readLog(directory, '0.log', { tail: 1 }));
  t.equal(joinStream(read, 'stdout').toString(), 'prompt> ');
});

t.test('since leaves out what is older', async (t) => {
  const directory = await newDirectory();
  const lines = ['2024-01-01T00:00:00Z stdout F old\n', '2024-01-01T00:00:01.5Z stderr F new\n', 'garbage\n'];
  await writeFile(join(directory, '0.log'), lines.join(''));
  const options: ReadLogOptions = { sinceMs: Date.parse('2024-01-01T00:00:01Z') };
  const read = await collect(readLog(directory, '0.log', options));
  t.same(
    read.map((chunk) => chunk.data.toString()),
    ['new\n'],
  );
});

t.test('a follower ends when its signal aborts', async (t) => {
  const directory = await newDirectory();
  await appendFile(join(directory, '0.log'), encodeLine('stdout', Buffer.from('one\n')));
  const controller = new AbortController();
  const never = new Promise(() => {});
  const seen: string[] = [];
  for await (const chunk of readLog(directory, '0.log', { ended: never, signal: controller.signal })) {
    seen.push(chunk.data.toString());
    setTimeout(() => controller.abort(), 10);
  }
  t.same(seen, ['one\n']);
});
