import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import type { PublishedPort } from '../../../src/network/attachment.js';
import { reservePort } from '../../../src/network/reserve-port.js';
import { requires } from '../../scratch.js';
import { port, withHost } from './fixtures/host.js';

const skip = requires('root', 'ip');

t.test('HostPorts: a port of another pod is refused with its name', { skip }, async (t) => {
  await withHost(t, (ports) => {
    const overlaps: [Partial<PublishedPort>, Partial<PublishedPort>][] = [
      [{}, {}],
      [{}, { hostIP: '127.0.0.1' }],
      [{ hostIP: '127.0.0.1' }, {}],
      [{ hostIP: '::1' }, { hostIP: '0:0::1' }],
      [{ hostIP: '0.0.0.0' }, { hostIP: '127.0.0.1' }],
      [{ protocol: 'UDP' }, { protocol: 'UDP', hostIP: '::1' }],
    ];
    for (const [first, second] of overlaps) {
      ports.claim('one', [port(8080, first)]);
      t.throws(() => ports.claim('two', [port(8081), port(8080, second)]), {
        code: 'PEAPOD_PORT_TAKEN',
        message: /^Cannot publish port \S*8080\/\w+ of the host: pod "one" has it$/,
        details: { pod: 'one' },
      });
      ports.claim('three', [port(8081)]);
      ports.release('three');
      ports.release('one');
    }
    t.throws(() => ports.claim('two', [port(8080), port(8080)]), { message: /pod "two" has it/ });
    ports.claim('two', [port(8080)]);
  });
});

t.test(
  'HostPorts: what does not overlap goes together, and what is given back is free',
  { skip },
  async (t) => {
    await withHost(t, (ports) => {
      ports.claim('one', [port(8080, { hostIP: '127.0.0.1' }), port(8080, { protocol: 'UDP' })]);
      ports.claim('two', [port(8080, { hostIP: '127.0.0.2' }), port(8080, { hostIP: '::1' }), port(8081)]);
      ports.claim('one', [port(8082)]);
      ports.release('one', port(8080, { hostIP: '127.0.0.1', containerPort: 9 }));
      ports.claim('three', [port(8080, { hostIP: '127.0.0.1' })]);
      t.throws(() => ports.claim('three', [port(8082)]), { message: /pod "one" has it/ }, 'the others stay');
      ports.release('one');
      ports.release('one');
      ports.release('nobody', port(1));
      ports.claim('three', [port(8082), port(8080, { protocol: 'UDP' })]);
    });
  },
);

t.test("HostPorts: an adopted port is the pod's, whoever has got hold of it", { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    await neighbour.ask('await listen(8080, "0.0.0.0")');
    t.match(ports.adopt('one', [port(8079), port(8080)]), [
      { code: 'PEAPOD_PORT_TAKEN', details: { pid: neighbour.pid } },
    ]);
    t.same(ports.adopt('one', [port(8079), port(8080)]), [], 'told once');
    await neighbour.ask('kept.server.close()');
    for (const hostPort of [8079, 8080]) {
      t.throws(() => ports.claim('two', [port(hostPort)]), { message: /pod "one" has it/ });
    }
    ports.release('one');
    ports.claim('two', [port(8079), port(8080)]);
  });
});

t.test('HostPorts: a port that is about to be free is waited for, another is not', { skip }, async (t) => {
  await withHost(t, async (ports, neighbour) => {
    // As a process does that is being started, until its execve.
    const copy = reservePort(port(8080));
    setTimeout(() => closeSync(copy), 50);
    await ports.take('one', [port(8080), port(8081)]);
    t.throws(() => ports.claim('two', [port(8081)]), { message: /pod "one" has it/ });
    await neighbour.ask('await listen(8082)');
    await t.rejects(ports.take('two', [port(8083), port(8082)]), {
      code: 'PEAPOD_PORT_TAKEN',
      message: /process/,
    });
    await t.rejects(ports.take('two', [port(8080)]), { message: /pod "one" has it/ });
    ports.claim('three', [port(8083)]);
  });
});

t.test(
  'HostPorts: what cannot be an address or a port of this host is refused with a reason',
  { skip },
  async (t) => {
    await withHost(t, (ports) => {
      const wrong: [
        PublishedPort,
        { code: string; message?: string | RegExp; hint?: RegExp; details?: object },
      ][] = [
        [
          port(80, { hostIP: '203.0.113.9' }),
          {
            code: 'PEAPOD_ADDRESS_NOT_LOCAL',
            message:
              'Cannot publish port 203.0.113.9:80/TCP of the host: 203.0.113.9 is no address of this host',
            hint: /use one of .*127\.0\.0\.1/,
            details: { address: '203.0.113.9' },
          },
        ],
        [
          port(80, { hostIP: '2001:db8::1' }),
          { code: 'PEAPOD_ADDRESS_NOT_LOCAL', message: /\[2001:db8::1\]:80/ },
        ],
        [port(80, { hostIP: '224.0.0.1', protocol: 'UDP' }), { code: 'PEAPOD_ADDRESS_NOT_LOCAL' }],
        [port(80, { hostIP: '255.255.255.255' }), { code: 'PEAPOD_ADDRESS_NOT_LOCAL' }],
        [port(80, { hostIP: 'ff02::1' }), { code: 'PEAPOD_ADDRESS_NOT_LOCAL' }],
        [port(80, { hostIP: 'fe80::1' }), { code: 'PEAPOD_UNSUPPORTED', message: /a link-local address/ }],
        [port(80, { hostIP: 'localhost' }), { code: 'PEAPOD_USAGE', message: /localhost is no address/ }],
        [port(0), { code: 'PEAPOD_USAGE', message: /0\/TCP of the host: it is not from 1 to 65535/ }],
        [port(65536), { code: 'PEAPOD_USAGE' }],
        [port(80.5), { code: 'PEAPOD_USAGE' }],
      ];
      for (const [port, error] of wrong) t.throws(() => ports.claim('one', [port]), error);
    });
  },
);

t.test('HostPorts: SCTP is kept like TCP, or refused with the module that lacks', { skip }, async (t) => {
  await withHost(t, (ports) => {
    const sctp = port(9000, { protocol: 'SCTP' });
    if (/^SCTP/m.test(readFileSync('/proc/net/protocols', 'utf8'))) {
      ports.claim('one', [sctp]);
      t.throws(() => ports.claim('two', [sctp]), { message: /pod "one" has it/ });
    } else {
      t.throws(() => ports.claim('one', [sctp]), {
        code: 'PEAPOD_UNSUPPORTED',
        message: 'Cannot publish port 9000/SCTP of the host: this kernel has no SCTP',
        hint: /module "sctp" \(modprobe sctp\)/,
      });
    }
  });
});

t.test('HostPorts: a thousand ports are a thousand sockets, which no child inherits', { skip }, async (t) => {
  await withHost(t, (ports) => {
    const before = listSockets();
    const many = Array.from({ length: 1000 }, (_, n) => port(20_000 + n));
    const others = many.map(({ hostPort }) => port(hostPort + 10_000));
    ports.claim('one', many);
    t.throws(() => ports.claim('two', [...others, port(20_999)]), { message: /20999.*: pod "one" has it/ });
    const own = listSockets().filter((fd) => !before.includes(fd));
    t.equal(own.length, 1000);
    t.ok(own.every((fd) => /flags:\t02/.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))));
    ports.release('one');
    t.same(listSockets(), before);
  });
});

function listSockets(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // that of the listing itself
    }
  });
}
