import { renameSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { requires } from '../../../scratch.js';
import { gateway } from './fixtures/gateway.js';
import { clientOf, type Served, withServed } from './fixtures/served.js';
import { answerTo } from './fixtures/upstream.js';

const skip = requires('root', 'ip');

t.test("resolver: what is not ours is asked of the host's first name server", { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first, second] }) => {
    first.behave = (query) => [answerTo(query)];
    const client = clientOf();
    for (let index = 0; index < 20; index += 1) {
      t.same(await client.resolve4(`host${index}.example.org`), ['203.0.113.1']);
    }
    await t.rejects(client.resolve4('no.cluster.local'), { code: 'ENOTFOUND' });
    t.same(second.received, []);
    t.equal(first.received.length, 20, 'names of ours stay here');
    const ids = new Set(first.received.map(({ id }) => id));
    const ports = new Set(first.received.map(({ clientPort }) => clientPort));
    t.ok(ids.size > 15 && ports.size > 15, 'each with an id and from a port nobody can guess');
  });
});

t.test('resolver: errors of upstream servers are passed on', { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first] }) => {
    first.behave = (query) => [answerTo(query, { count: 0, code: 3 })];
    await t.rejects(clientOf().resolve4('no.example.org'), { code: 'ENOTFOUND' });
    first.behave = (query) => [answerTo(query, { count: 0 })];
    await t.rejects(clientOf().resolve4('empty.example.org'), { code: 'ENODATA' });
  });
});

t.test('resolver: a server that fails or is silent is passed over', { skip }, async (t) => {
  const work = async ({ upstreams: [first, second] }: Served) => {
    second.behave = (query) => [answerTo(query, { count: 2 })];
    for (const code of [2, 5]) {
      first.behave = (query) => [answerTo(query, { count: 0, code })];
      t.equal((await clientOf().resolve4('a.example.org')).length, 2, `code ${code}`);
    }
    first.behave = () => [];
    t.equal((await clientOf().resolve4('b.example.org')).length, 2, 'silence');
    const asked = first.received.length;
    t.equal((await clientOf().resolve4('c.example.org')).length, 2);
    t.equal(first.received.length, asked, 'who was silent is asked last for a while');
    second.behave = () => [];
    await t.rejects(clientOf().resolve4('d.example.org'), { code: 'ESERVFAIL' }, 'nobody answers');
  };
  await withServed(t, work, { timeoutMs: 300 });
});

t.test('resolver: a server that is not there is passed over without waiting', { skip }, async (t) => {
  const isLate = { timeoutMs: 60_000 };
  const work = async ({ upstreams: [first, second], resolvConf }: Served) => {
    writeFileSync(resolvConf, 'nameserver 127.0.0.77\nnameserver 127.0.0.2\n');
    second.behave = (query) => [answerTo(query)];
    t.same(await clientOf().resolve4('a.example.org'), ['203.0.113.1']);
    t.equal(first.received.length, 0);
  };
  await withServed(t, work, isLate);
});

t.test(
  "resolver: the host's servers are followed when they change, and us it never asks",
  { skip },
  async (t) => {
    await withServed(t, async ({ upstreams: [first, second], resolvConf }) => {
      first.behave = (query) => [answerTo(query)];
      second.behave = (query) => [answerTo(query, { count: 2 })];
      const client = clientOf();
      t.equal((await client.resolve4('a.example.org')).length, 1);
      writeFileSync(`${resolvConf}.new`, 'nameserver 127.0.0.2\n');
      renameSync(`${resolvConf}.new`, resolvConf);
      while ((await client.resolve4('b.example.org')).length !== 2);
      writeFileSync(resolvConf, '# none\n');
      for (;;) {
        const error = await client.resolve4('c.example.org').then(
          () => undefined,
          (one: Error) => one,
        );
        if (error === undefined) continue;
        t.match(error, { code: 'ESERVFAIL' });
        break;
      }
    });
    await withServed(
      t,
      async ({ resolvConf }) => {
        writeFileSync(resolvConf, `nameserver ${gateway.v4}\nnameserver ${gateway.v6}\n`);
        await t.rejects(clientOf().resolve4('a.example.org'), { code: 'ESERVFAIL' });
      },
      { upstreamPort: 53, timeoutMs: 60_000 },
    );
  },
);

t.test('resolver: a forged answer is not taken for the right one', { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first] }) => {
    first.behave = (query, { id }) => [
      answerTo(query, { count: 9, id: (id + 1) % 65_536 }),
      answerTo(Buffer.from(query.toString('latin1').replace('example', 'exbmple'), 'latin1'), { count: 9 }),
      query,
      Buffer.from('no message'),
      answerTo(query),
    ];
    t.same(await clientOf().resolve4('a.example.org'), ['203.0.113.1']);
  });
});

t.test('resolver: what an upstream server cuts off is fetched over TCP', { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first] }) => {
    first.behave = (query, { transport }) => [
      transport === 'udp' ? answerTo(query, { count: 0, truncated: true }) : answerTo(query, { count: 250 }),
    ];
    t.equal((await clientOf().resolve4('long.example.org')).length, 250);
    t.same(
      first.received.map(({ transport }) => transport),
      ['udp', 'tcp'],
    );
  });
});

t.test('resolver: an answer longer than the client takes is cut for it', { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first] }) => {
    first.behave = (query) => [answerTo(query, { count: 200 })];
    t.equal((await clientOf().resolve4('long.example.org')).length, 200);
    t.same(
      first.received.map(({ transport }) => transport),
      ['udp', 'tcp'],
    );
  });
});

t.test('resolver: all of many queries at once are answered, the first of them, too', { skip }, async (t) => {
  await withServed(t, async ({ upstreams: [first] }) => {
    first.behave = (query) => [answerTo(query)];
    const client = clientOf();
    const names = Array.from({ length: 100 }, (_, index) => `host${index}.example.org`);
    const answers = await Promise.all(names.map((name) => client.resolve4(name)));
    t.equal(answers.flat().length, 100);
  });
});

t.test('resolver: closing ends what waits for an answer', { skip }, async (t) => {
  const work = async ({ resolver, upstreams: [first] }: Served) => {
    const client = clientOf();
    const waiting = [client.resolve4('a.example.org'), client.resolve4('b.example.org')];
    const failed = Promise.allSettled(waiting);
    while (first.received.length < 2) await new Promise(setImmediate);
    await resolver.close();
    client.cancel();
    t.match(await failed, [{ status: 'rejected' }, { status: 'rejected' }]);
  };
  await withServed(t, work, { timeoutMs: 60_000 });
});
