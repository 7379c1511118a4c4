import { hostname as hostNodename } from 'node:os';
import t from 'tap';
import { dnsDomain, dnsHostname, nodenameOf, podDomain, podHostname } from '../../../src/pod/hostname.js';
import { makePod } from './fixtures/make-pod.js';

const domain = 'cluster.local';
const inShop = { hostname: 'web-1', subdomain: 'shop' };

t.test(
  'podHostname: the one asked for, or the name, at most 63 characters and no - or . at the cut',
  async (t) => {
    const named = (name: string) => podHostname({ ...makePod(), metadata: { name } });
    t.equal(podHostname(makePod({ hostname: 'other' })), 'other');
    t.equal(named('a'.repeat(63)), 'a'.repeat(63));
    t.equal(named(`${'a'.repeat(60)}.-.b`), 'a'.repeat(60));
    t.equal(named('a'.repeat(100)).length, 63);
  },
);

t.test('nodenameOf: the hostname, and the full name only if asked for and there is one', async (t) => {
  t.equal(nodenameOf(makePod(inShop), domain), 'web-1');
  const full = { ...inShop, setHostnameAsFQDN: true };
  t.equal(nodenameOf(makePod(full), domain), 'web-1.shop.default.svc.cluster.local');
  t.equal(nodenameOf(makePod({ setHostnameAsFQDN: true }), domain), 'web');
  t.equal(nodenameOf(makePod({ ...full, hostNetwork: true }), domain), hostNodename());
});

t.test('nodenameOf: a full name is as long as the kernel takes, or an error', async (t) => {
  const rest = '.shop.default.svc.cluster.local'.length;
  const pod = (length: number) => {
    const hostname = 'a'.repeat(length - rest);
    return makePod({ hostname, subdomain: 'shop', setHostnameAsFQDN: true });
  };
  t.equal(nodenameOf(pod(64), domain).length, 64);
  t.throws(() => nodenameOf(pod(65), domain), {
    code: 'PEAPOD_UNSUPPORTED',
    message: /^Cannot use "a+\.shop\..*" as the hostname: it has 65 characters, the kernel takes 64$/,
  });
});

t.test('hostnameOverride: what the pod calls itself, and no other', async (t) => {
  const pod = makePod({ ...inShop, ...{ hostnameOverride: 'legacy.example.com' } });
  t.equal(podHostname(pod), 'legacy.example.com');
  t.equal(nodenameOf(pod, domain), 'legacy.example.com');
  t.equal(podDomain(pod, domain), undefined);
  t.equal(dnsHostname(pod), 'web-1');
  t.equal(dnsDomain(pod, domain), 'shop.default.svc.cluster.local');
});
