import type { PodSpec } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { formatResolvConf, parseResolvConf } from '../../../src/network/dns/resolv-conf.js';
import { buildPodDns, chooseHostDns, type DnsFacts, usesClusterDns } from '../../../src/pod/pod-dns.js';
import { makePod } from './fixtures/make-pod.js';

const host = parseResolvConf('search corp.example lan\nnameserver 192.0.2.53\noptions edns0 ndots:2\n');
const facts: DnsFacts = {
  host,
  clusterDomain: 'cluster.local',
  resolver: ['10.85.0.1', 'fd00:85::1'],
  ips: ['10.85.0.2', 'fd00:85::2'],
};

function fileOf(spec: Partial<PodSpec>, changed: Partial<DnsFacts> = {}): string {
  return formatResolvConf(buildPodDns(makePod(spec), { ...facts, ...changed }).conf);
}

function notesOf(spec: Partial<PodSpec>, changed: Partial<DnsFacts> = {}): string[] {
  const { notes } = buildPodDns(makePod(spec), { ...facts, ...changed });
  return notes.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

const hostFile = 'search corp.example lan\nnameserver 192.0.2.53\noptions edns0 ndots:2\n';
const clusterFile =
  'search default.svc.cluster.local svc.cluster.local cluster.local corp.example lan\nnameserver 10.85.0.1\noptions ndots:5\n';

t.test('ClusterFirst: our resolver alone, the domains of pods before those of the host', async (t) => {
  t.equal(fileOf({}), clusterFile);
  t.equal(fileOf({ dnsPolicy: 'ClusterFirst' }), clusterFile);
  t.equal(fileOf({ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, { ips: [] }), clusterFile);
  t.match(fileOf({}, { ips: ['fd00:85::2'] }), /\nnameserver fd00:85::1\n/, 'of a family the pod has');
  t.match(
    fileOf({}, { clusterDomain: 'pods.test' }),
    /^search default\.svc\.pods\.test svc\.pods\.test pods\.test /,
  );
  t.same(notesOf({}), []);
});

t.test("Default, and ClusterFirst with the host's network: what the host has", async (t) => {
  t.equal(fileOf({ dnsPolicy: 'Default' }), hostFile);
  t.equal(fileOf({ hostNetwork: true }), hostFile);
  t.same(notesOf({ dnsPolicy: 'Default' }, { resolver: [] }), []);
  t.same(notesOf({ hostNetwork: true }, { resolver: [] }), []);
});

t.test('ClusterFirst without our resolver is Default, and the user is told', async (t) => {
  for (const spec of [{}, { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }]) {
    t.equal(fileOf(spec, { resolver: [] }), hostFile);
    const policy = spec.dnsPolicy ?? 'ClusterFirst';
    t.same(notesOf(spec, { resolver: [] }), [
      `Warning MissingClusterDNS: No resolver for the names of pods is running: dnsPolicy "${policy}" is taken as "Default"`,
    ]);
  }
});

t.test('None: what the manifest says and nothing else', async (t) => {
  const dnsConfig = {
    nameservers: ['1.1.1.1', '9.9.9.9'],
    searches: ['a.example'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  };
  const file = 'search a.example\nnameserver 1.1.1.1\nnameserver 9.9.9.9\noptions ndots:2 rotate\n';
  t.equal(fileOf({ dnsPolicy: 'None', dnsConfig }), file);
  t.equal(fileOf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['::1'] } }), 'nameserver ::1\n');
});

t.test('dnsConfig: added at the end without doubles, an option instead of its namesake', async (t) => {
  const dnsConfig = {
    nameservers: ['10.85.0.1', '1.1.1.1'],
    searches: ['lan', 'a.example'],
    options: [{ name: 'ndots', value: '1' }, { name: 'edns0' }],
  };
  t.equal(
    fileOf({ dnsConfig }),
    'search default.svc.cluster.local svc.cluster.local cluster.local corp.example lan a.example\nnameserver 10.85.0.1\nnameserver 1.1.1.1\noptions ndots:1 edns0\n',
  );
});

t.test('what libcs do not read is left out, and the user is told', async (t) => {
  const nameservers = ['1.1.1.1', '2.2.2.2', '3.3.3.3'];
  t.match(fileOf({ dnsConfig: { nameservers } }), /nameserver 2\.2\.2\.2\noptions/);
  t.same(notesOf({ dnsConfig: { nameservers } }), [
    'Warning DNSConfigForming: Too many name servers: only these are used: 10.85.0.1 1.1.1.1 2.2.2.2',
  ]);
  const many = Array.from({ length: 32 }, (_, index) => `d${index}`);
  t.equal(
    fileOf({ dnsConfig: { searches: many } })
      .split('\n')[0]
      ?.split(' ').length,
    33,
  );
  t.match(notesOf({ dnsConfig: { searches: many } }), [/^Warning DNSConfigForming: Too many search domains/]);
  const long = Array.from({ length: 9 }, (_, index) => `d${index}.${'x'.repeat(240)}`);
  const line = fileOf({ dnsConfig: { searches: long } }).split('\n')[0] ?? '';
  t.ok(line.length <= 2048 + 'search '.length && line.length > 1800, `${line.length}`);
  const excessive = { ...host, searches: ['x'.repeat(254), 'lan'] };
  t.match(fileOf({}, { host: excessive }), / cluster\.local lan\n/, 'glibc would abort');
});

t.test('usesClusterDns: who needs the resolver', async (t) => {
  t.equal(usesClusterDns(makePod()), true);
  t.equal(usesClusterDns(makePod({ hostNetwork: true })), false);
  t.equal(usesClusterDns(makePod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })), true);
  t.equal(usesClusterDns(makePod({ dnsPolicy: 'Default' })), false);
  const metadata = { name: 'web', annotations: { 'peapod.dev/network': 'none' } };
  t.equal(usesClusterDns({ ...makePod(), metadata }), false, 'a pod that reaches nobody');
});

t.test("chooseHostDns: a pod is never sent to the host's loopback", async (t) => {
  const stub = parseResolvConf('nameserver 127.0.0.53\noptions edns0\nsearch lan\n');
  const real = parseResolvConf('nameserver 192.0.2.53\nsearch other\n');
  t.same(chooseHostDns(stub, real, false), { ...stub, nameservers: ['192.0.2.53'] });
  t.same(chooseHostDns(stub, undefined, false).nameservers, []);
  t.same(chooseHostDns(stub, real, true), stub, "with the host's network it is right");
  const mixed = parseResolvConf(
    'nameserver ::1\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver x\n',
  );
  t.same(chooseHostDns(mixed, real, false).nameservers, ['192.0.2.1']);
  const empty = { ...host, nameservers: [] };
  t.match(fileOf({ dnsPolicy: 'Default' }, { host: empty }), /\nnameserver 10\.85\.0\.1\n/, 'it can ask us');
  t.equal(fileOf({}, { host: { ...empty, searches: [], options: [] }, resolver: [] }), '');
});

t.test('parseResolvConf: lines add up or replace each other as kubelet has it', async (t) => {
  const text =
    '# nameserver 1.1.1.1\n;nameserver 1.1.1.2\n  nameserver\t10.0.0.1 # ours\nnameserver\nsearch old\nsearch a. . b\noptions x\noptions y:1 z\r\nnameserver ::1\nnonsense\n';
  t.same(parseResolvConf(text), {
    nameservers: ['10.0.0.1', '::1'],
    searches: ['a', '.', 'b'],
    options: ['y:1', 'z'],
  });
});
