import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { requires } from '../../scratch.js';
import { port, withHost } from './fixtures/host.js';
import { startNeighbour } from './fixtures/neighbour.js';

const skip = requires('root', 'ip');

t.test('HostPorts: a port of another process is refused with its pid and command', { skip }, async (t) => {
  for (const protocol of ['TCP', 'UDP'] as const) {
    for (const address of ['0.0.0.0', '127.0.0.1', '::', '::1']) {
      await withHost(t, async (ports, neighbour) => {
        await neighbour.ask(`await ${protocol === 'TCP' ? 'listen' : 'bindUdp'}(8080, "${address}")`);
        t.throws(
          () => ports.claim('one', [port(8079), port(8080, { protocol })]),
          {
            code: 'PEAPOD_PORT_TAKEN',
            message: new RegExp(`port 8080/${protocol} of the host: process ${neighbour.pid} \\(.*node`),
            details: { pid: neighbour.pid },
          },
          `${protocol} ${address}`,
        );
        ports.claim('two', [port(8079)]);
      });
    }
  }
});

t.test('HostPorts: while a pod has a port no process can bind it', { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    ports.claim('one', [port(8080), port(8080, { protocol: 'UDP' })]);
    for (const address of ['0.0.0.0', '127.0.0.1', '::', '::1']) {
      t.equal(await neighbour.ask(`await listen(8080, "${address}")`), 'EADDRINUSE', address);
      t.equal(await neighbour.ask(`await bindUdp(8080, "${address}")`), 'EADDRINUSE', address);
    }
    ports.claim('one', [port(8081, { hostIP: '127.0.0.1' })]);
    t.equal(await neighbour.ask('await listen(8081, "127.0.0.1")'), 'EADDRINUSE');
    t.equal(await neighbour.ask('await listen(8081, "127.0.0.2"); kept.server.close()'), 'undefined');
    ports.release('one');
    t.equal(await neighbour.ask('await listen(8080, "::")'), 'undefined');
  });
});

function codeOfConnect(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(8080, host, () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
}

t.test('HostPorts: a packet that does not turn off to the pod is refused', { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    ports.claim('one', [port(8080), port(8080, { protocol: 'UDP' })]);
    t.equal(await codeOfConnect('127.0.0.1'), 'ECONNREFUSED');
    t.equal(await codeOfConnect('::1'), 'ECONNREFUSED');
    for (const host of ['127.0.0.1', '::1']) {
      const ask = `const s = dgram.createSocket("${host === '::1' ? 'udp6' : 'udp4'}"); s.connect(8080, "${host}"); await once(s, "connect")`;
      t.equal(await neighbour.ask(`${ask}; s.send("x"); await once(s, "message")`), 'ECONNREFUSED', host);
    }
  });
});

t.test('HostPorts: connections to a server that was stopped are no hindrance', { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    // A port of its own: it stays for the tests after this one.
    await neighbour.ask('await listen(8088, "127.0.0.1")');
    await neighbour.ask(
      'const c = net.connect(8088, "127.0.0.1"); await once(c, "connect"); kept.server.close(); kept.socket.end(); c.on("data", () => {}); await once(c, "end"); c.end(); await once(c, "close")',
    );
    t.match(readFileSync('/proc/net/tcp', 'utf8'), /:1F98 \S+ 06 /, 'one waits for a minute (TIME_WAIT)');
    ports.claim('one', [port(8088)]);
    t.equal(await neighbour.ask('await listen(8088, "127.0.0.1")'), 'EADDRINUSE');
  });
});

const bindOnly =
  'kept.fd = native.bindInet(6, "127.0.0.1", 8080, { v6Only: false, reuse: false, deaf: false })';

t.test('HostPorts: one who only binds, as another engine does, is named too', { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    const elsewhere = await startNeighbour({ isElsewhere: true });
    await elsewhere.ask('await listen(8080, "0.0.0.0")');
    const later = await startNeighbour();
    t.equal(await later.ask(bindOnly), 'undefined');
    t.throws(() => ports.claim('one', [port(8080)]), {
      code: 'PEAPOD_PORT_TAKEN',
      details: { pid: later.pid },
    });
    t.throws(() => ports.claim('one', [port(8080, { hostIP: '127.0.0.1' })]), {
      code: 'PEAPOD_PORT_TAKEN',
      details: { pid: later.pid },
    });
    await later.stop();
    ports.claim('one', [port(8080)]);
    t.equal(await neighbour.ask(bindOnly), 'EADDRINUSE');
    await elsewhere.stop();
  });
});
