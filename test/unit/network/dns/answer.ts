import t from 'tap';
import { answerQuery } from '../../../../src/network/dns/answer.js';
import { addressRecord, NameTable, pointerRecord } from '../../../../src/network/dns/name-table.js';
import { parseQuery } from '../../../../src/network/dns/query.js';
import { type Decoded, decodeMessage, encodeQuestion, type Question, readName } from './fixtures/message.js';

const types = { A: 1, NS: 2, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, AXFR: 252, ANY: 255 };

function address(text: string) {
  const record = addressRecord(text);
  if (record === undefined) throw new Error(`${text} is no address`);
  return record;
}

const table = new NameTable();
table.addZone('cluster.local');
table.addZone('85.10.in-addr.arpa');
const web = 'web.default.svc.cluster.local';
table.add(web, address('10.85.0.2'));
table.add(web, address('fd00:85::2'));
table.add('old.default.svc.cluster.local', address('10.85.0.3'));
table.add('2.0.85.10.in-addr.arpa', pointerRecord('web.default.pod.cluster.local'));
for (let index = 0; index < 100; index += 1) {
  table.add('many.default.svc.cluster.local', address(`10.85.1.${index}`));
}

function ask(question: Question, maxBytes = 512): Decoded | undefined {
  const query = parseQuery(encodeQuestion(question));
  const reply = query && answerQuery(query, table.find, maxBytes);
  return reply && decodeMessage(reply);
}

t.test('a name gets its addresses, by family', async (t) => {
  const reply = ask({ name: 'WEB.default.svc.Cluster.local', id: 99 });
  t.match(reply, { id: 99, code: 0, isAuthoritative: true, isTruncated: false, authority: [] });
  t.equal(reply?.flags, 0x8580, 'answer, authoritative, recursion desired and available');
  t.equal(reply?.question, 'WEB.default.svc.Cluster.local', 'spelt as the client did');
  t.same(reply?.answers, [
    { name: reply?.question, type: 1, recordClass: 1, ttl: 5, data: Buffer.from([10, 85, 0, 2]) },
  ]);
  const six = ask({ name: web, type: types.AAAA })?.answers[0]?.data.toString('hex');
  t.equal(six, 'fd000085000000000000000000000002');
  t.equal(ask({ name: web, type: types.ANY })?.answers.length, 2);
});

t.test('a name that is there without the type is no error; one that is not there is', async (t) => {
  for (const [name, type] of [
    ['old.default.svc.cluster.local', types.AAAA],
    [web, types.TXT],
    [web, types.SRV],
    ['default.svc.cluster.local', types.A],
    ['svc.cluster.local', types.A],
    ['cluster.local', types.A],
    ['cluster.local', types.NS],
    ['0.85.10.in-addr.arpa', types.PTR],
  ] as const) {
    const reply = ask({ name, type });
    t.match(reply, { code: 0, answers: [], isAuthoritative: true }, `${name} ${type}`);
    t.equal(reply?.authority[0]?.type, types.SOA);
  }
  for (const name of [
    'no.default.svc.cluster.local',
    'web.cluster.local',
    `x.${web}`,
    '3.0.85.10.in-addr.arpa',
  ]) {
    const reply = ask({ name });
    t.match(reply, { code: 3, answers: [], isAuthoritative: true }, name);
    t.ok(name.endsWith(reply?.authority[0]?.name ?? '?'));
  }
});

t.test('a negative answer may be kept for five seconds', async (t) => {
  const [soa] = ask({ name: 'no.cluster.local' })?.authority ?? [];
  t.match(soa, { name: 'cluster.local', type: types.SOA, ttl: 5 });
  const data = soa?.data ?? Buffer.alloc(0);
  const cursor = { at: 0 };
  t.equal(readName(data, cursor), 'ns.dns.cluster.local');
  t.equal(readName(data, cursor), 'hostmaster.cluster.local');
  t.equal(data.readUInt32BE(data.length - 4), 5);
  t.equal(data.length, cursor.at + 20);
  t.same(ask({ name: 'cluster.local', type: types.SOA })?.answers[0]?.data, data);
});

t.test('an address gets its name', async (t) => {
  const [pointer] = ask({ name: '2.0.85.10.in-addr.arpa', type: types.PTR })?.answers ?? [];
  t.equal(readName(pointer?.data ?? Buffer.alloc(0), { at: 0 }), 'web.default.pod.cluster.local');
});

t.test('what is not ours is left to others', async (t) => {
  for (const name of ['example.org', '', 'local', 'notcluster.local', '2.0.86.10.in-addr.arpa']) {
    t.equal(ask({ name }), undefined, name);
  }
});

t.test('what is too long for UDP is cut to its head, and whole over TCP', async (t) => {
  const name = 'many.default.svc.cluster.local';
  t.match(ask({ name }), { code: 0, isTruncated: true, answers: [], question: name });
  t.match(ask({ name, udpBytes: 1232 }, 1232), { isTruncated: true, answers: [] });
  const whole = ask({ name }, 65_535);
  t.equal(whole?.answers.length, 100);
  t.equal(whole?.isTruncated, false);
});

t.test('a client that speaks EDNS is answered in it', async (t) => {
  const [opt] = ask({ name: web, udpBytes: 4096 })?.additional ?? [];
  t.match(opt, { name: '', type: types.OPT, recordClass: 1232, ttl: 0 });
  t.same(ask({ name: web })?.additional, []);
  const later = ask({ name: web, udpBytes: 4096, ednsVersion: 1 });
  t.equal(later?.code, 0);
  t.equal(later?.additional[0]?.ttl, 0x0100_0000, 'bad version: 16, the upper bits are here');
});

t.test('other operations, classes and whole zones are refused, the malformed is said to be', async (t) => {
  t.match(ask({ name: web, flags: 0x2800 }), { code: 4, flags: 0xa884 }, 'UPDATE');
  t.match(ask({ name: 'version.bind', recordClass: 3, type: types.TXT }), { code: 5 });
  t.match(ask({ name: 'cluster.local', type: types.AXFR }), { code: 5 });
  t.match(ask({ name: 'example.org', type: types.AXFR }), { code: 5 }, 'of others, too');
  const malformed = encodeQuestion({ name: web }).subarray(0, 20);
  const query = parseQuery(malformed);
  t.match(decodeMessage((query && answerQuery(query, table.find, 512)) as Buffer), {
    code: 1,
    question: undefined,
  });
});
