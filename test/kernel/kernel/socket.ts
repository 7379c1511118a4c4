import { closeSync, fstatSync, lstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { MessageSocket } from '../../../src/kernel/socket.js';
import { binding, type ReceivedMessage } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { scratchDirectory } from '../../scratch.js';

const native = binding();
const noCgroups = { cgroups: [] };

interface Received {
  readonly socket: MessageSocket;
  readonly texts: string[];
  readonly fds: number[];
  readonly ends: unknown[];
}

function collect(fd: number): Received {
  const texts: string[] = [];
  const fds: number[] = [];
  const ends: unknown[] = [];
  const onMessage = (message: ReceivedMessage) => {
    texts.push(message.data.toString());
    fds.push(...message.fds);
  };
  const onClose = (error?: unknown) => ends.push(error);
  return {
    socket: new MessageSocket(fd, { onMessage, onClose, maxBytes: 4096, maxFds: 4 }),
    texts,
    fds,
    ends,
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

t.test('socket: messages keep their bounds and bring descriptors', async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const [ours, theirs] = native.socketPair('seqpacket');
      const received = collect(ours);
      const sent = openSync('/dev/zero', 'r');
      const peer = collect(theirs);
      t.equal(peer.socket.send(Buffer.from('one'), [sent, sent]), true);
      t.equal(peer.socket.send(Buffer.from('two')), true);
      closeSync(sent);
      await until(() => received.texts.length === 2);
      t.same(received.texts, ['one', 'two']);
      t.same(
        received.fds.map((fd) => fstatSync(fd).isCharacterDevice()),
        [true, true],
      );
      const flags = received.fds.map((fd) => readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
      for (const text of flags) t.match(text, /flags:\t02/, 'close-on-exec');
      received.fds.map(closeSync);
      peer.socket.close();
      await until(() => received.ends.length > 0);
      t.same(received.ends, [undefined]);
    },
    noCgroups,
  );
});

t.test('socket: what does not fit waits, with its descriptors, and arrives in order', async (t) => {
  await withLeakCheck(
    t,
    async () => {
      const [ours, theirs] = native.socketPair('seqpacket');
      const peer = collect(theirs);
      const count = 2000;
      const padding = 'x'.repeat(1000);
      const sent = openSync('/dev/zero', 'r');
      for (let i = 0; i < count; i++)
        peer.socket.send(Buffer.from(`${i} ${padding}`), i === count - 1 ? [sent] : []);
      closeSync(sent);
      t.ok(peer.socket.queued > 0);
      const received = collect(ours);
      await until(() => received.texts.length === count);
      t.same(
        received.texts.map((text) => Number.parseInt(text, 10)),
        [...Array(count).keys()],
      );
      t.equal(peer.socket.queued, 0);
      t.equal(received.fds.length, 1);
      received.fds.map(closeSync);
      received.socket.close();
      peer.socket.close();
      t.same(received.ends, [], 'nobody is told of our own close');
    },
    noCgroups,
  );
});

t.test('socket: what the peer sent before it closed is read, even if it read nothing itself', async (t) => {
  for (const sendsFirst of [false, true]) {
    const [ours, theirs] = native.socketPair('seqpacket');
    native.sendMessage(ours, Buffer.from('never read'), []);
    native.sendMessage(theirs, Buffer.from('last words'), []);
    native.close(theirs);
    const received = collect(ours);
    if (sendsFirst) t.equal(received.socket.send(Buffer.from('too late')), false);
    await until(() => received.ends.length > 0);
    t.same(received.texts, ['last words']);
    t.same(received.ends, [undefined]);
    t.equal(received.socket.send(Buffer.from('later still')), false);
  }
});

t.test('socket: a message that is too long or brings too much ends the connection', async (t) => {
  for (const [bytes, fds] of [
    [5000, 0],
    [10, 5],
    [10, 6],
  ] as const) {
    await withLeakCheck(
      t,
      async () => {
        const [ours, theirs] = native.socketPair('seqpacket');
        native.sendMessage(theirs, Buffer.alloc(bytes), Array<number>(fds).fill(theirs));
        const received = collect(ours);
        await until(() => received.ends.length > 0);
        t.match(received.ends[0], { message: 'The peer sent a message that is too long' });
        t.same(received.texts, []);
        native.close(theirs);
      },
      noCgroups,
    );
  }
});

t.test('socket: never more descriptors are received than were asked for', async (t) => {
  await withLeakCheck(
    t,
    () => {
      const [ours, theirs] = native.socketPair('seqpacket');
      for (const maxFds of [0, 1, 2, 3]) {
        native.sendMessage(theirs, Buffer.from('x'), Array<number>(4).fill(theirs));
        const message = native.receiveMessage(ours, 10, maxFds);
        t.match(message, { truncated: true, fds: { length: maxFds } });
        message?.fds.map(closeSync);
      }
      for (const fd of [ours, theirs]) native.close(fd);
    },
    noCgroups,
  );
});

t.test("socket: an error of the callback is the caller's own", async (t) => {
  const [ours, theirs] = native.socketPair('seqpacket');
  const ends: unknown[] = [];
  const onMessage = () => {
    throw new Error('mine');
  };
  const socket = new MessageSocket(ours, {
    onMessage,
    onClose: (e) => ends.push(e),
    maxBytes: 10,
    maxFds: 0,
  });
  const caught = new Promise((resolve) => process.prependOnceListener('uncaughtException', resolve));
  const handlers = process.rawListeners('uncaughtException').slice(1);
  for (const handler of handlers) process.off('uncaughtException', handler as () => void);
  native.sendMessage(theirs, Buffer.from('x'), []);
  t.match(await caught, { message: 'mine' });
  for (const handler of handlers) process.on('uncaughtException', handler as () => void);
  t.same(ends, []);
  socket.close();
  native.close(theirs);
});

t.test('socket: a listener is private, wherever it is, and knows its peer', async (t) => {
  const directory = join(scratchDirectory(t), 'd'.repeat(150));
  mkdirSync(directory);
  const dirFd = openSync(directory, 'r');
  const umask = process.umask(0);
  const listener = native.listenUnix(dirFd, 'sock', 'seqpacket', 1);
  process.umask(umask);
  t.equal(lstatSync(join(directory, 'sock')).mode & 0o777, 0o600);
  t.throws(() => native.listenUnix(dirFd, 'sock', 'seqpacket', 1), { code: 'EADDRINUSE', syscall: 'bind' });
  t.equal(native.accept(listener), null);
  const client = native.connectUnix(dirFd, 'sock', 'seqpacket');
  const server = native.accept(listener) as number;
  t.same(native.peerCredentials(server), {
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
  });
  t.equal(native.receiveMessage(server, 100, 0), null);
  native.sendMessage(client, Buffer.from('hello'), []);
  t.match(native.receiveMessage(server, 3, 0), { data: Buffer.from('hel'), truncated: true });
  t.throws(() => native.connectUnix(dirFd, 'none', 'seqpacket'), { code: 'ENOENT', syscall: 'connect' });
  t.throws(() => native.connectUnix(dirFd, 'n'.repeat(100), 'seqpacket'), { code: 'ENAMETOOLONG' });
  t.throws(() => native.connectUnix(dirFd, 'sock', 'stream'), { code: 'EPROTOTYPE' });
  for (const fd of [client, server, listener, dirFd]) native.close(fd);
  await sleep(0);
});
