import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { addressRecord } from '../../../../src/network/dns/name-table.js';
import { openResolver } from '../../../../src/network/dns/resolver.js';
import type { DnsRecord } from '../../../../src/network/dns/zone.js';
import { withLeakCheck } from '../../../leaks.js';
import { requires } from '../../../scratch.js';
import { encodeQuestion } from '../../../unit/network/dns/fixtures/message.js';
import { gateway, podRanges, withGateway } from './fixtures/gateway.js';
import { clientOf, type Served, withServed } from './fixtures/served.js';
import { answerTo } from './fixtures/upstream.js';

const skip = requires('root', 'ip');
const record = addressRecord('10.85.0.2') as DnsRecord;
const name = 'web.cluster.local';

t.test('resolver: whoever is not in the range gets nothing', { skip }, async (t) => {
  await withServed(t, async ({ table, upstreams: [first] }) => {
    table.add(name, record);
    first.behave = (query) => [answerTo(query)];
    const stranger = clientOf(gateway.v4, gateway.stranger);
    const answers = Promise.allSettled([stranger.resolve4(name), stranger.resolve4('a.example.org')]);
    t.same(await clientOf().resolve4(name), ['10.85.0.2'], 'others are answered meanwhile');
    const client = connect({ host: gateway.v4, port: 53 });
    await once(client, 'connect');
    await once(connect({ host: gateway.v4, port: 53, localAddress: gateway.stranger }), 'close');
    t.equal(client.destroyed, false, 'a connection that is let in is left open for longer');
    client.destroy();
    stranger.cancel();
    t.match(await answers, [{ status: 'rejected' }, { status: 'rejected' }]);
    t.same(first.received, []);
  });
});

t.test('resolver: a flood is bounded, and the others are answered', { skip }, async (t) => {
  const work = async ({ table, upstreams: [first] }: Served) => {
    table.add(name, record);
    const before = readdirSync('/proc/self/fd').length;
    const socket = createSocket('udp4').unref();
    let refusals = 0;
    socket.on('message', () => {
      refusals += 1;
    });
    await new Promise<void>((bound) => void socket.bind(0, gateway.v4, bound));
    const question = encodeQuestion({ name: 'never.example.org' });
    for (let round = 0; round < 40 || refusals === 0; round += 1) {
      const packets = Array.from({ length: 100 }, (_, index) =>
        index % 2 === 0 ? question : randomBytes(index * 5),
      );
      await Promise.all(
        packets.map((packet) => new Promise((sent) => socket.send(packet, 53, gateway.v4, sent))),
      );
      const open = readdirSync('/proc/self/fd').length - before;
      if (open > 150) t.fail(`${open} descriptors`);
      await new Promise(setImmediate);
    }
    t.ok(first.received.length <= 128, `${first.received.length} of 2000 queries were passed on`);
    t.same(await clientOf(gateway.v6).resolve4(name), ['10.85.0.2']);
    first.behave = (query) => [answerTo(query)];
    t.same(await clientOf(gateway.v6).resolve4('a.example.org'), ['203.0.113.1'], 'another client');
    await t.rejects(
      clientOf().resolve4('a.example.org'),
      { code: 'ESERVFAIL' },
      'the one that has too many open',
    );
    socket.close();
  };
  await withServed(t, work, { timeoutMs: 60_000 });
});

t.test(
  'resolver: connections are bounded in number, size and what they leave unread',
  { skip },
  async (t) => {
    await withServed(t, async ({ table }) => {
      for (let index = 0; index < 250; index += 1) {
        table.add('many.cluster.local', addressRecord(`10.85.1.${index}`) as DnsRecord);
      }
      const open = (): Socket => connect({ host: gateway.v4, port: 53 }).on('error', () => {});
      const tooLong = open();
      tooLong.write(Buffer.from([0xff, 0xff, 1, 2, 3]));
      await once(tooLong, 'close');
      const deaf = open();
      const question = encodeQuestion({ name: 'many.cluster.local' });
      const framed = Buffer.concat([Buffer.from([0, question.length]), question]);
      deaf.write(Buffer.concat(Array.from({ length: 10_000 }, () => framed)));
      await sleep(300);
      let received = 0;
      deaf.on('data', (chunk) => {
        received += chunk.length;
      });
      await once(deaf, 'close');
      t.ok(received < 10_000 * 4000, `${received} of ${10_000 * 4000} bytes were kept for it`);
      const many = Array.from({ length: 9 }, open);
      await Promise.race(many.map((socket) => once(socket.resume(), 'close')));
      t.equal(many[0]?.destroyed, false, 'the ninth is one too many');
      for (const socket of many) socket.destroy();
    });
  },
);

t.test(
  'resolver: a packet from port 0, which nobody can answer, is passed over',
  {
    skip: requires('root', 'ip', 'python3'),
  },
  async (t) => {
    await withServed(t, async ({ table }) => {
      table.add(name, record);
      const packet = encodeQuestion({ name });
      const udp = Buffer.alloc(8);
      udp.writeUInt16BE(53, 2);
      udp.writeUInt16BE(8 + packet.length, 4);
      const script =
        'import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_RAW,17); s.bind((sys.argv[1],0)); s.sendto(bytes.fromhex(sys.argv[2]),(sys.argv[1],0))';
      execFileSync('python3', ['-c', script, gateway.v4, Buffer.concat([udp, packet]).toString('hex')]);
      t.same(await clientOf().resolve4(name), ['10.85.0.2']);
    });
  },
);

t.test('openResolver: a port that is taken is told, and nothing is kept', { skip }, async (t) => {
  const options = { clients: podRanges, lookup: () => undefined };
  const work = async () => {
    const udp = createSocket('udp4');
    await new Promise<void>((bound) => void udp.bind(53, bound));
    const taken = openResolver({ ...options, addresses: [gateway.v4] });
    await t.rejects(taken, {
      code: 'PEAPOD_UNSUPPORTED',
      message: 'Cannot serve names on 10.85.0.1 port 53: EADDRINUSE',
      hint: /Another name server/,
    });
    const resolver = await openResolver({ ...options, addresses: [gateway.v4, gateway.v6] });
    t.same(resolver.addresses, [gateway.v6]);
    t.match(resolver.problems, [{ code: 'PEAPOD_UNSUPPORTED' }]);
    await resolver.close();
    await new Promise<void>((closed) => void udp.close(closed));
    const tcp = createServer().listen(53, gateway.v4);
    await once(tcp, 'listening');
    await t.rejects(openResolver({ ...options, addresses: [gateway.v4] }), { code: 'PEAPOD_UNSUPPORTED' });
    await new Promise((closed) => tcp.close(closed));
    await (await openResolver({ ...options, addresses: [gateway.v4] })).close();
    await t.rejects(openResolver({ ...options, addresses: ['10.99.0.1'] }), { message: /EADDRNOTAVAIL/ });
  };
  await withLeakCheck(t, () => withGateway(work), { cgroups: [] });
});
