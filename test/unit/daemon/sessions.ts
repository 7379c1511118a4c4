import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { windowFrames } from '../../../src/daemon/flow.js';
import { maxDataBytes } from '../../../src/daemon/frames.js';
import { PeapodError } from '../../../src/errors.js';
import { serveFake } from '../fixtures/daemon.js';

t.test('exec carries all streams, sizes and the exit status', async (t) => {
  const { engine, client } = await serveFake(t);
  const session = await client.exec('web', { command: ['cat'], stdin: true, tty: false });
  t.match(engine.calls, [['exec', 'web', { command: ['cat'], stdin: true }]]);
  session.resize({ rows: 24, columns: 80 });
  session.stdin?.end('to the program');
  t.equal(await text(engine.session.stdin), 'to the program', 'stdin arrives, and so does its end');
  t.same(engine.session.sizes, [{ rows: 24, columns: 80 }]);
  engine.session.finish('out', 'err', { kind: 'exited', status: 3 });
  const outputs = await Promise.all([text(session.stdout), text(session.stderr as NodeJS.ReadableStream)]);
  t.same(outputs, ['out', 'err']);
  t.same(await session.exit, { kind: 'exited', status: 3 });
});

t.test('an exec that fails rejects with the error the engine gave', async (t) => {
  const { engine, client } = await serveFake(t);
  engine.failure = new PeapodError('PEAPOD_LAUNCH_FAILED', 'no such program', {
    details: { errno: 2 },
    hint: 'h',
  });
  const error = await client.exec('web', { command: ['nope'] }).catch((caught) => caught);
  t.type(error, PeapodError);
  t.match(error, {
    code: 'PEAPOD_LAUNCH_FAILED',
    message: 'no such program',
    hint: 'h',
    details: { errno: 2 },
  });
});

t.test('output nobody reads stops the program, and holds a window of it at most', async (t) => {
  const { engine, client } = await serveFake(t);
  const session = await client.exec('web', { command: ['yes'] });
  const { stdout } = engine.session;
  let written = 0;
  while (stdout.write(Buffer.alloc(maxDataBytes)) || (await isDrained(stdout))) written += maxDataBytes;
  t.ok(written < 3 * windowFrames * maxDataBytes, `blocked after ${written} bytes`);
  engine.session.finish('', '', { kind: 'exited', status: 0 });
  let received = 0;
  for await (const piece of session.stdout) received += (piece as Buffer).length;
  t.ok(received >= written, 'and nothing is lost');
  t.same(await session.exit, { kind: 'exited', status: 0 });
});

async function isDrained(stream: NodeJS.WritableStream): Promise<boolean> {
  return await Promise.race([once(stream, 'drain').then(() => true), sleep(200, false)]);
}

t.test('a full stdin hides neither a resize nor the end of the connection', async (t) => {
  const { engine, client } = await serveFake(t);
  const session = await client.exec('web', { command: ['sleep', '1d'], stdin: true });
  session.stdin?.write(Buffer.alloc(8 * 1024 * 1024));
  await sleep(50);
  t.ok(engine.session.stdin.readableLength < 2 * windowFrames * maxDataBytes);
  session.resize({ rows: 1, columns: 2 });
  await until(() => engine.session.sizes.length === 1);
  session.close();
  await until(() => engine.session.isClosed);
  t.match(await session.exit, { kind: 'unknown' });
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries > 500) throw new Error('it did not come true');
    await sleep(5);
  }
}

t.test('output a descendant keeps open does not keep the exit status back', async (t) => {
  const { engine, client } = await serveFake(t);
  const session = await client.exec('web', { command: ['sh', '-c', 'sleep 1d &'] });
  engine.session.stdout.write('said before');
  engine.session.end({ kind: 'exited', status: 0 });
  t.equal(await text(session.stdout), 'said before');
  t.same(await session.exit, { kind: 'exited', status: 0 });
});

t.test('a daemon that stops closes its sessions', async (t) => {
  const { engine, client, daemon } = await serveFake(t);
  const session = await client.attach('web', { stdin: true });
  await daemon.stop();
  t.match(await session.exit, { kind: 'unknown', reason: /closed/ });
  await until(() => engine.session.isClosed);
  t.equal(await text(session.stdout), '');
});
