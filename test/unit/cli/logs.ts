import fc from 'fast-check';
import t from 'tap';
import { escapeControls } from '../../../src/cli/escape.js';
import { mergeLogs } from '../../../src/cli/merge-logs.js';
import type { LogChunk } from '../../../src/pod/engine-api.js';
import { runCli } from '../fixtures/fake-cli.js';
import { FakeEngine } from '../fixtures/fake-engine.js';
import { webPod } from '../fixtures/pods.js';

function chunk(second: number, data: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout'): LogChunk {
  const timestamp = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000000Z`;
  return { stream, timestamp, data: Buffer.from(data) };
}

function engineWith(...chunks: LogChunk[]): FakeEngine {
  const engine = new FakeEngine();
  engine.put(webPod());
  engine.chunks.push(...chunks);
  return engine;
}

t.test('options reach the engine', async (t) => {
  const engine = engineWith();
  const before = Date.now();
  await runCli(['logs', 'web', 'nginx', '-fp', '--tail', '7', '--since', '1m30s'], { engine });
  const [, name, options] = engine.calls[0] as [string, string, { sinceMs: number }];
  t.match(
    { name, options },
    { name: 'web', options: { container: 'nginx', follow: true, previous: true, tail: 7 } },
  );
  t.ok(Math.abs(before - 90_000 - options.sinceMs) < 5000);
});

t.test('a line in parts is one line, with one prefix and time', async (t) => {
  const engine = engineWith(chunk(1, 'a'), chunk(2, 'b'), chunk(3, 'c\n'), chunk(4, 'd\n'));
  const { stdout } = await runCli(['logs', 'web', '-c', 'nginx', '--timestamps', '--prefix'], { engine });
  const lines = ['abc', 'd'].map(
    (text, at) => `[pod/web/nginx] ${chunk(at === 0 ? 1 : 4, '').timestamp} ${text}\n`,
  );
  t.equal(stdout, lines.join(''));
});

t.test('bytes go to a file as they are and to a terminal as text that cannot drive it', async (t) => {
  const hostile = '\x1b[31mred\x07\r\n\x9b2J\ttab\n';
  const engine = engineWith(chunk(1, hostile));
  t.equal((await runCli(['logs', 'web'], { engine })).stdout, hostile);
  const { stdout } = await runCli(['logs', 'web'], { engine, isTTY: true });
  t.equal(stdout, '\\x1b[31mred\\x07\r\n\\x9b2J\ttab\n');
  t.equal((await runCli(['logs', 'web', '--raw'], { engine, isTTY: true })).stdout, hostile);
});

t.test('a character cut in two is whole on the terminal', async (t) => {
  const [first, ...rest] = Buffer.from('ü');
  const engine = engineWith(chunk(1, Buffer.of(first as number)), chunk(1, Buffer.from([...rest, 10])));
  t.equal((await runCli(['logs', 'web'], { engine, isTTY: true })).stdout, 'ü\n');
});

t.test('no text is left able to drive a terminal', async (t) => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const safe = escapeControls(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
    return !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/.test(safe);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }));
});

t.test('complete logs are merged by time, each in its own order', async (t) => {
  async function* log(...seconds: number[]): AsyncGenerator<LogChunk> {
    for (const second of seconds) yield chunk(second, `${second}\n`);
  }
  const seen: string[] = [];
  for await (const { source, chunk } of mergeLogs([log(1, 4, 5), log(2, 3, 9), log()], { isLive: false }))
    seen.push(`${source}:${chunk.data.toString().trim()}`);
  t.same(seen, ['0:1', '1:2', '1:3', '0:4', '0:5', '1:9']);
});

t.test('a live log that is silent holds up no other', async (t) => {
  async function* silent(): AsyncGenerator<LogChunk> {
    await new Promise(() => {});
  }
  async function* busy(): AsyncGenerator<LogChunk> {
    yield chunk(1, 'x\n');
    yield chunk(2, 'y\n');
  }
  const merged = mergeLogs([silent(), busy()], { isLive: true });
  t.match(await merged.next(), { value: { source: 1, chunk: { data: Buffer.from('x\n') } } });
  t.match(await merged.next(), { value: { source: 1, chunk: { data: Buffer.from('y\n') } } });
});

t.test('--all-containers asks for each, init containers first', async (t) => {
  const engine = engineWith();
  await runCli(['logs', 'web', '--all-containers'], { engine });
  const asked = engine.calls
    .filter(([call]) => call === 'logs')
    .map(([, , options]) => (options as { container: string }).container);
  t.same(asked, ['setup', 'nginx', 'busybox']);
});
