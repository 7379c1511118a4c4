import fc from 'fast-check';
import t from 'tap';
import { answerQuery } from '../../../../src/network/dns/answer.js';
import { isAnswerTo } from '../../../../src/network/dns/forwarder.js';
import { NameTable } from '../../../../src/network/dns/name-table.js';
import { buildForwardedQuery, parseQuery, type Query } from '../../../../src/network/dns/query.js';
import { decodeMessage, encodeQuestion, words } from './fixtures/message.js';

const table = new NameTable();
table.addZone('cluster.local');

const label = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 63 });
const labels = fc.array(label, { maxLength: 3 });
const question = fc.record({
  id: fc.nat(0xffff),
  name: labels,
  type: fc.nat(0xffff),
  recordClass: fc.constantFrom(1, 1, 1, 3, 255),
  flags: fc.nat(0x7fff),
  udpBytes: fc.option(fc.nat(0xffff), { nil: undefined }),
});

function parse(packet: Buffer): Query {
  const query = parseQuery(packet);
  if (query?.question === undefined) throw new Error('it is malformed');
  return query;
}

t.test('parseQuery: what a client writes is read, the name in lower case', async (t) => {
  const query = parse(encodeQuestion({ name: 'Web.Default.svc.cluster.LOCAL', type: 28, udpBytes: 4096 }));
  t.match(query, {
    id: 0x1234,
    name: 'web.default.svc.cluster.local',
    type: 28,
    recordClass: 1,
    edns: { version: 0, udpBytes: 4096, isDnssecOk: false },
  });
  t.match(parse(encodeQuestion({ name: '' })), { name: '', edns: undefined });
});

t.test('parseQuery: a dot or another byte inside a label is not taken for one between labels', async (t) => {
  t.equal(parse(encodeQuestion({ name: ['a.b', 'c\0', 'ö'] })).name, 'a\\046b.c\\000.\\246');
});

t.test('parseQuery: any question is read back as it was written', async () => {
  fc.assert(
    fc.property(question, (asked) => {
      const packet = encodeQuestion(asked);
      const query = parse(packet);
      const length = 17 + asked.name.reduce((sum, one) => sum + one.length + 1, 0) - 12;
      return (
        query.id === asked.id &&
        query.type === asked.type &&
        query.recordClass === asked.recordClass &&
        query.question.equals(packet.subarray(12, 12 + length)) &&
        query.edns?.udpBytes === (asked.udpBytes === undefined ? undefined : Math.max(512, asked.udpBytes))
      );
    }),
  );
});

t.test('parseQuery: nothing is answered that is no query', async (t) => {
  const answer = encodeQuestion({ name: 'a', flags: 0x8100 });
  t.equal(parseQuery(answer), undefined, 'an answer');
  t.equal(parseQuery(Buffer.alloc(0)), undefined);
  t.equal(parseQuery(answer.subarray(0, 11)), undefined, 'half a header');
});

t.test('parseQuery: what is wrong is told apart', async (t) => {
  const good = encodeQuestion({ name: 'web.a', udpBytes: 1232 });
  const plain = encodeQuestion({ name: 'web.a' });
  const changed = (at: number, byte: number, packet = good): Buffer => {
    const copy = Buffer.from(packet);
    copy[at] = byte;
    return copy;
  };
  const wrong: Record<string, Buffer> = {
    'no question': changed(5, 0),
    'two questions': changed(5, 2),
    'an answer along': changed(7, 1),
    'an authority along': changed(9, 1),
    'five additional records': changed(11, 5),
    'a name that points to itself': Buffer.concat([plain.subarray(0, 12), words(0xc00c, 1, 1)]),
    'a pointer in a label': changed(16, 0xc0),
    'a label of 64': encodeQuestion({ name: 'a'.repeat(64) }),
    'a pointer with room behind it': encodeQuestion({ name: 'a'.repeat(0xc0) }),
    'a name without an end': plain.subarray(0, 18),
    'no type': plain.subarray(0, plain.length - 3),
    'an OPT that is cut off': good.subarray(0, good.length - 1),
    'options that are cut off': changed(good.length - 1, 9),
    'two OPT': Buffer.concat([changed(11, 2), good.subarray(-11)]),
    'a name of 256 bytes': encodeQuestion({ name: Array.from({ length: 128 }, () => 'a') }),
  };
  for (const [title, packet] of Object.entries(wrong)) {
    const query = parseQuery(packet);
    t.ok(query !== undefined && query.question === undefined, title);
  }
  t.ok(
    parseQuery(encodeQuestion({ name: Array.from({ length: 127 }, () => 'a') }))?.question,
    '255 are right',
  );
});

t.test('no bytes make anything throw, and every answer is a message', async () => {
  const mutated = fc
    .tuple(question, fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 6 }))
    .map(([asked, changes]) => {
      const packet = encodeQuestion(asked);
      for (const [at, byte] of changes) if (at < packet.length) packet[at] = byte;
      return packet;
    });
  const garbage = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, garbage), (packet) => {
      const query = parseQuery(packet);
      if (query === undefined) return true;
      const reply = answerQuery(query, table.find, 512);
      if (reply !== undefined) return decodeMessage(reply).id === query.id && reply.length <= 512;
      return isAnswerTo(packet, query as Query, query.id) === false;
    }),
    { numRuns: 2000 },
  );
});

t.test(
  'buildForwardedQuery: the question goes on under another id, and nothing else of the client',
  async (t) => {
    const packet = encodeQuestion({ name: 'Example.org', type: 16, flags: 0x0130, udpBytes: 4096 });
    packet.writeUInt16BE(9, packet.length - 2);
    const query = parse(Buffer.concat([packet, Buffer.from('client id')]));
    const forwarded = buildForwardedQuery(query, 7);
    t.same(
      forwarded,
      encodeQuestion({ id: 7, name: 'Example.org', type: 16, flags: 0x0130, udpBytes: 1232 }),
    );
    const plain = parse(encodeQuestion({ name: 'example.org', flags: 0x7a00 & 0x07ff }));
    t.same(buildForwardedQuery(plain, 8), encodeQuestion({ id: 8, name: 'example.org', flags: 0 }));
  },
);

t.test('isAnswerTo: id, kind and question must be those of the query', async (t) => {
  const query = parse(encodeQuestion({ name: 'example.org' }));
  const answer = (change: Parameters<typeof encodeQuestion>[0]) =>
    encodeQuestion({ flags: 0x8180, ...change });
  t.equal(isAnswerTo(answer({ id: 7, name: 'example.org' }), query, 7), true);
  t.equal(isAnswerTo(answer({ id: 7, name: 'EXAMPLE.org' }), query, 7), true, 'spelt otherwise');
  t.equal(isAnswerTo(answer({ id: 8, name: 'example.org' }), query, 7), false, 'another id');
  t.equal(isAnswerTo(answer({ id: 7, name: 'example.com' }), query, 7), false, 'another name');
  t.equal(isAnswerTo(answer({ id: 7, name: 'example.org', type: 28 }), query, 7), false, 'another type');
  t.equal(isAnswerTo(encodeQuestion({ id: 7, name: 'example.org' }), query, 7), false, 'a query');
  t.equal(isAnswerTo(words(7, 0x8181, 0, 0, 0, 0), query, 7), true, 'it was not understood');
  t.equal(isAnswerTo(words(7, 0x8180, 0, 0, 0, 0), query, 7), false, 'an empty success');
});
