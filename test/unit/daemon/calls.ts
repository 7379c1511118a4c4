import { statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { serve } from '../../../src/daemon/serve.js';
import { PeapodError } from '../../../src/errors.js';
import type { WatchEvent } from '../../../src/pod/engine-api.js';
import { serveFake } from '../fixtures/daemon.js';
import { FakeEngine } from '../fixtures/fake-engine.js';

t.test('the socket is for its owner alone', async (t) => {
  const { paths } = await serveFake(t);
  t.equal(statSync(paths.run).mode & 0o777, 0o700);
  t.equal(statSync(paths.socket).mode & 0o777, 0o600);
});

t.test('calls reach the engine and their results come back', async (t) => {
  const { engine, client } = await serveFake(t);
  engine.put({ metadata: { name: 'web' }, status: { phase: 'Running' } });
  t.match(await client.ping(), { version: '1.2.3', pid: process.pid });
  t.match(await client.apply('kind: Pod', { source: 'a.yaml' }), [{ name: 'web', action: 'created' }]);
  t.same(engine.calls.at(-1), ['apply', 'kind: Pod', { source: 'a.yaml' }]);
  t.match(await client.get('web'), { status: { phase: 'Running' } });
  t.equal((await client.list()).length, 1);
  t.equal((await client.images.list()).length, 1);
  t.match(await client.images.import({ path: '/r', name: 'busybox' }), { id: 'sha256:cd' });
  await client.delete('web', { gracePeriodSeconds: 5 });
  t.match(engine.calls.at(-1), ['delete', 'web', { gracePeriodSeconds: 5, force: false }]);
});

t.test('pods without containers, ports and inspections cross the socket', async (t) => {
  const { engine, client } = await serveFake(t);
  const port = { protocol: 'TCP', containerPort: 80 } as const;
  t.match(await client.createPod({ name: 'lab', ports: [port] }), { metadata: { name: 'lab' } });
  t.same(engine.calls.at(-1), ['createPod', { name: 'lab', ports: [port] }]);
  t.same(await client.addPort('lab', port), { ...port, hostPort: 40_000 });
  t.same(engine.calls.at(-1), ['addPort', 'lab', port]);
  await client.removePort('lab', { ...port, hostPort: 40_000, hostIP: '::1' });
  t.same(engine.calls.at(-1), ['removePort', 'lab', { ...port, hostPort: 40_000, hostIP: '::1' }]);
  engine.published.push({ ...port, hostPort: 8080 });
  t.same(await client.ports('lab'), engine.published);
  t.match(await client.inspect('lab'), { pod: { metadata: { name: 'lab' } }, ports: engine.published });
  engine.failure = new PeapodError('PEAPOD_PORT_TAKEN', 'taken', { details: { pod: 'web' } });
  await t.rejects(client.addPort('lab', port), { code: 'PEAPOD_PORT_TAKEN', details: { pod: 'web' } });
});

t.test('an error keeps its code, hint and details', async (t) => {
  const { engine, client } = await serveFake(t);
  await t.rejects(client.get('nope'), { code: 'PEAPOD_NOT_FOUND', message: 'Cannot find pod "nope"' });
  const problems = [{ line: 3, column: 5, path: 'spec.imge', message: 'unknown field' }];
  engine.failure = new PeapodError('PEAPOD_MANIFEST_INVALID', 'bad', { details: { problems } });
  await t.rejects(client.apply('x'), { code: 'PEAPOD_MANIFEST_INVALID', details: { problems } });
});

t.test('names are data, not paths', async (t) => {
  const { client } = await serveFake(t);
  for (const name of ['../images', 'a/b', '%2e', 'ü ?&#', '__proto__'])
    await t.rejects(client.get(name), { code: 'PEAPOD_NOT_FOUND', message: `Cannot find pod "${name}"` });
});

t.test('a watch tells what is there and what changes, and ends on both sides', async (t) => {
  const { engine, client } = await serveFake(t);
  engine.put({ metadata: { name: 'web' } });
  const controller = new AbortController();
  const seen: string[] = [];
  for await (const { type, object } of client.watch({ signal: controller.signal })) {
    seen.push(`${type} ${object.metadata?.name}`);
    if (seen.length === 1) engine.put({ metadata: { name: 'db' } });
    if (seen.length === 2) engine.drop('web');
    if (seen.length === 3) controller.abort();
  }
  t.same(seen, ['ADDED web', 'ADDED db', 'DELETED web']);
  for (let tries = 0; engine.watchers > 0 && tries < 500; tries++) await sleep(5);
  t.equal(engine.watchers, 0);
});

t.test('a watch of a daemon that goes away is an error', async (t) => {
  const { engine, client, daemon } = await serveFake(t);
  engine.put({ metadata: { name: 'web' } });
  const events = client.watch()[Symbol.asyncIterator]();
  t.match(await events.next(), { value: { type: 'ADDED' } satisfies Partial<WatchEvent> });
  const next = events.next();
  await daemon.stop();
  await t.rejects(next, { code: 'PEAPOD_DAEMON_UNREACHABLE' });
});

t.test('log lines arrive byte by byte as they were written', async (t) => {
  const { engine, client } = await serveFake(t);
  const data = Buffer.from([0, 27, 0x9b, 0xff, 0x20, 0x0a]);
  engine.chunks.push({ stream: 'stderr', timestamp: '2026-01-01T00:00:00.000000001Z', data });
  const chunks = [];
  for await (const chunk of client.logs('web', { container: 'c', tail: 5, follow: true })) chunks.push(chunk);
  t.same(chunks, engine.chunks);
  t.match(engine.calls.at(-1), ['logs', 'web', { container: 'c', tail: 5, follow: true, previous: false }]);
});

t.test('logs that fail reject with the error', async (t) => {
  const { engine, client } = await serveFake(t);
  engine.failure = new PeapodError('PEAPOD_NOT_FOUND', 'no such container');
  await t.rejects(client.logs('web')[Symbol.asyncIterator]().next(), { code: 'PEAPOD_NOT_FOUND' });
});

t.test('a body beyond the limit is refused and the daemon lives on', async (t) => {
  const { engine, client } = await serveFake(t);
  const error = await client.apply('x'.repeat(5 * 1024 * 1024)).catch((caught) => caught);
  t.ok(['PEAPOD_USAGE', 'EPIPE', 'ECONNRESET'].includes(error.code), error.code);
  t.same(engine.calls, []);
  t.match(await client.ping(), { version: '1.2.3' });
});

t.test('nonsense is answered, not served', async (t) => {
  const { paths } = await serveFake(t);
  t.match(await ask(paths.run, 'GET', '/v2/pods'), { status: 400, body: /PEAPOD_USAGE/ });
  t.match(await ask(paths.run, 'PUT', '/v1/pods/web'), { status: 400 });
  t.match(await ask(paths.run, 'GET', '/v1/pods/%zz'), { status: 400 });
  t.match(await ask(paths.run, 'POST', '/v1/apply', 'not json'), { status: 400, body: /not JSON/ });
  t.match(await ask(paths.run, 'GET', '/v1/ping', '', { 'peapod-protocol': '0' }), { status: 501 });
});

function ask(run: string, method: string, path: string, body = '', headers = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const call = request(
      { socketPath: join(run, 'peapod.sock'), method, path, headers },
      async (response) => {
        let text = '';
        for await (const piece of response) text += piece;
        resolve({ status: response.statusCode, body: text });
      },
    );
    call.once('error', reject).end(body);
  });
}

t.test('garbage after an upgrade closes that connection only', async (t) => {
  const { paths, client } = await serveFake(t);
  const socket = connect(paths.socket);
  socket.write(
    'POST /v1/pods/web/exec HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: peapod-session\r\n\r\n\xff\xff\xff\xff\xff\xff',
    'latin1',
  );
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  t.match(await client.ping(), { version: '1.2.3' });
});

t.test('an upgrade to a malformed address harms nobody', async (t) => {
  const { paths, client } = await serveFake(t);
  const socket = connect(paths.socket);
  socket.write(
    'POST /v1/pods/%zz/exec HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: peapod-session\r\n\r\n',
  );
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  t.match(await client.ping(), { version: '1.2.3' });
});

t.test('a stopped daemon leaves no socket and has let go of the engine last', async (t) => {
  const { engine, daemon, paths } = await serveFake(t);
  await daemon.stop();
  t.throws(() => statSync(paths.socket), { code: 'ENOENT' });
  t.same(engine.calls.at(-1), ['close']);
});

t.test('the socket of a dead daemon is replaced, that of a held root is not', async (t) => {
  const { root, paths, client } = await serveFake(t);
  const before = statSync(paths.socket).ino;
  const held = new PeapodError('PEAPOD_ROOT_HELD', 'held');
  await t.rejects(serve({ root, version: '2', openEngine: () => Promise.reject(held) }), held);
  t.equal(statSync(paths.socket).ino, before);
  t.match(await client.ping(), { version: '1.2.3' });
  const second = await serve({ root, version: '2', openEngine: async () => new FakeEngine() });
  t.not(statSync(paths.socket).ino, before, 'whoever gets the lock takes the name');
  await second.stop();
});
