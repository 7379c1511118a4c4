import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { addressRecord, type NameTable, pointerRecord } from '../../../../src/network/dns/name-table.js';
import type { DnsRecord } from '../../../../src/network/dns/zone.js';
import { requires, scratchDirectory } from '../../../scratch.js';
import { gateway } from './fixtures/gateway.js';
import { clientOf, withServed } from './fixtures/served.js';

const skip = requires('root', 'ip');
const web = 'web.default.svc.cluster.local';

const execute = promisify(execFile);

/** Runs a program that takes this file for its resolv.conf. */
async function runWith(resolvConf: string, ...command: string[]): Promise<string> {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const { stdout } = await execute('unshare', ['-m', 'sh', '-c', script, resolvConf, ...command]);
  return stdout;
}

function fill(table: NameTable): void {
  table.addZone('85.10.in-addr.arpa');
  for (const address of ['10.85.0.2', 'fd00:85::2']) table.add(web, addressRecord(address) as DnsRecord);
  table.add('old.default.svc.cluster.local', addressRecord('10.85.0.3') as DnsRecord);
  table.add('2.0.85.10.in-addr.arpa', pointerRecord('web.default.pod.cluster.local'));
}

t.test('resolver: names, addresses and what is missing, as c-ares asks for them', { skip }, async (t) => {
  await withServed(t, async ({ table, resolver }) => {
    fill(table);
    t.same(resolver.addresses, [gateway.v4, gateway.v6]);
    for (const server of resolver.addresses) {
      const client = clientOf(server);
      t.same(await client.resolve4(web), ['10.85.0.2'], server);
      t.same(await client.resolve6(web), ['fd00:85::2']);
      t.same(await client.reverse('10.85.0.2'), ['web.default.pod.cluster.local']);
      await t.rejects(client.resolve6('old.default.svc.cluster.local'), { code: 'ENODATA' });
      await t.rejects(client.resolve4('svc.cluster.local'), { code: 'ENODATA' });
      await t.rejects(client.resolve4('no.default.svc.cluster.local'), { code: 'ENOTFOUND' });
      await t.rejects(client.reverse('10.85.0.9'), { code: 'ENOTFOUND' });
      t.match(await client.resolveSoa('cluster.local'), { nsname: 'ns.dns.cluster.local', minttl: 5 });
    }
  });
});

t.test('resolver: what is added and removed is seen at once', { skip }, async (t) => {
  await withServed(t, async ({ table }) => {
    const client = clientOf();
    const record = addressRecord('10.85.0.4') as DnsRecord;
    await t.rejects(client.resolve4('db.cluster.local'), { code: 'ENOTFOUND' });
    table.add('db.cluster.local', record);
    t.same(await client.resolve4('db.cluster.local'), ['10.85.0.4']);
    table.remove('db.cluster.local', record);
    await t.rejects(client.resolve4('db.cluster.local'), { code: 'ENOTFOUND' });
  });
});

t.test('resolver: an answer too long for UDP comes over TCP', { skip }, async (t) => {
  await withServed(t, async ({ table }) => {
    const addresses = Array.from({ length: 200 }, (_, index) => `10.85.1.${index}`);
    for (const address of addresses) table.add('many.cluster.local', addressRecord(address) as DnsRecord);
    t.same((await clientOf().resolve4('many.cluster.local')).sort(), addresses.sort());
  });
});

t.test(
  'resolver: glibc finds a plain name by the search list, and the address of one family',
  { skip: requires('root', 'ip', 'getent', 'unshare') },
  async (t) => {
    const resolvConf = join(scratchDirectory(t), 'resolv.conf');
    writeFileSync(
      resolvConf,
      `search default.svc.cluster.local svc.cluster.local\nnameserver ${gateway.v4}\noptions ndots:5\n`,
    );
    await withServed(t, async ({ table }) => {
      fill(table);
      const getent = (...words: string[]) => runWith(resolvConf, 'getent', ...words);
      t.match(await getent('ahostsv4', 'web'), /^10\.85\.0\.2 .*\n/);
      t.match(await getent('ahosts', 'old'), /^10\.85\.0\.3 .*\n/, 'no AAAA is no error');
      t.match(await getent('ahosts', 'web.default'), /fd00:85::2 /);
      t.match(await getent('hosts', '10.85.0.2'), /web\.default\.pod\.cluster\.local/);
    });
  },
);

t.test(
  "resolver: busybox's nslookup understands the answers",
  { skip: requires('root', 'ip', 'busybox') },
  async (t) => {
    await withServed(t, async ({ table }) => {
      fill(table);
      const { stdout } = await execute('busybox', ['nslookup', '-type=a', web, gateway.v4]);
      t.match(stdout, /Address: 10\.85\.0\.2/);
    });
  },
);
