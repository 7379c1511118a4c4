import type { Pod } from 'kubernetes-types/core/v1.js';
import t from 'tap';
import { PeapodError } from '../../../src/errors.js';
import { recordTypes } from '../../../src/network/dns/codes.js';
import type { Lookup } from '../../../src/network/dns/name-table.js';
import type { ResolverOptions } from '../../../src/network/dns/resolver.js';
import { PodNames } from '../../../src/pod/pod-names.js';
import { makePod } from './fixtures/make-pod.js';

const bridge = [
  { address: '10.85.0.1', prefixLength: 16 },
  { address: 'fd00:85::1', prefixLength: 64 },
];

function named(name: string, spec: Partial<Pod['spec']> = {}, namespace = 'default'): Pod {
  return { ...makePod(spec), metadata: { name, namespace, uid: `uid-${name}` } };
}

/** A bench of names whose resolver is nothing but what it was opened with. */
function open(problem?: Error) {
  const opened: ResolverOptions[] = [];
  const warnings: string[] = [];
  const log: string[] = [];
  const names = new PodNames({
    warn: (message) => warnings.push(message),
    openResolver: async (options) => {
      if (problem !== undefined) throw problem;
      opened.push(options);
      log.push('open');
      return { addresses: options.addresses, problems: [], close: async () => void log.push('close') };
    },
  });
  return { names, opened, warnings, log };
}

/** `A 10.85.0.2` for each record; undefined when there is no such name, or it is not ours. */
function found(lookup: Lookup | undefined, name: string): string[] | undefined {
  return lookup?.(name)?.records?.map(({ type, data }) => {
    if (type === recordTypes.A) return [...data].join('.');
    return type === recordTypes.AAAA ? data.toString('hex') : data.toString('latin1').replace(/[^\w-]/g, '.');
  });
}

t.test('a pod is found by its name, by its address, and in its subdomain', async (t) => {
  const { names, opened } = open();
  await names.bridgeUp(bridge);
  t.same(names.resolver, ['10.85.0.1', 'fd00:85::1']);
  t.same(opened[0]?.clients, bridge);
  const lookup = opened[0]?.lookup;
  names.add(named('web'), ['10.85.0.2', 'fd00:85::2']);
  names.add(named('a', { hostname: 'web-0', subdomain: 'shop' }), ['10.85.0.3']);
  names.add(named('b', { subdomain: 'shop' }), ['10.85.0.4']);
  names.add(named('c', {}, 'other'), ['10.85.0.5']);
  const both = ['10.85.0.2', 'fd000085000000000000000000000002'];
  t.same(found(lookup, 'web.default.svc.cluster.local'), both);
  t.same(found(lookup, 'web.default.pod.cluster.local'), both);
  t.same(found(lookup, '10-85-0-2.default.pod.cluster.local'), ['10.85.0.2']);
  t.same(found(lookup, 'fd00-85--2.default.pod.cluster.local'), both.slice(1));
  t.same(found(lookup, 'web-0.shop.default.svc.cluster.local'), ['10.85.0.3']);
  t.same(found(lookup, 'b.shop.default.svc.cluster.local'), ['10.85.0.4']);
  t.same(found(lookup, 'shop.default.svc.cluster.local'), ['10.85.0.3', '10.85.0.4']);
  t.same(found(lookup, 'c.other.svc.cluster.local'), ['10.85.0.5']);
  t.same(found(lookup, 'default.svc.cluster.local'), [], 'it is there, without an address');
  t.equal(found(lookup, 'c.default.svc.cluster.local'), undefined, 'of another namespace');
  t.same(found(lookup, '2.0.85.10.in-addr.arpa'), ['.web.default.pod.cluster.local.']);
  t.same(found(lookup, '3.0.85.10.in-addr.arpa'), ['.web-0.shop.default.svc.cluster.local.']);
  t.equal(lookup?.('9.0.85.10.in-addr.arpa')?.records, undefined);
  t.equal(lookup?.('example.org'), undefined);
});

t.test('a pod that is gone is not found, and one made anew at its new address only', async (t) => {
  const { names, opened } = open();
  await names.bridgeUp(bridge);
  const lookup = opened[0]?.lookup;
  names.add(named('web'), ['10.85.0.2']);
  names.add(named('web'), ['10.85.0.7']);
  t.same(found(lookup, 'web.default.svc.cluster.local'), ['10.85.0.7']);
  t.equal(found(lookup, '2.0.85.10.in-addr.arpa'), undefined);
  names.remove('uid-web');
  names.remove('uid-web');
  t.equal(found(lookup, 'web.default.svc.cluster.local'), undefined);
  t.equal(found(lookup, 'default.svc.cluster.local'), undefined);
});

t.test(
  'names that were known before the bridge was there are served, the domain may be another',
  async (t) => {
    const opened: ResolverOptions[] = [];
    const names = new PodNames({
      clusterDomain: 'pods.test',
      warn: () => {},
      openResolver: async (options) => {
        opened.push(options);
        return { addresses: options.addresses, problems: [], close: async () => {} };
      },
    });
    names.add(named('web'), ['10.85.0.2']);
    names.add(named('host', { hostNetwork: true }), []);
    await names.bridgeUp(bridge.slice(0, 1));
    const lookup = opened[0]?.lookup;
    t.same(found(lookup, 'web.default.svc.pods.test'), ['10.85.0.2']);
    t.same(found(lookup, 'host.default.svc.pods.test'), ['10.85.0.1'], "with the host's network: the bridge");
    t.equal(found(lookup, '1.0.85.10.in-addr.arpa'), undefined);
    t.equal(lookup?.('web.default.svc.cluster.local'), undefined);
  },
);

t.test('names that do not fit into the DNS are left out, and hurt nobody', async (t) => {
  const { names, opened } = open();
  await names.bridgeUp(bridge);
  names.add(named('x'.repeat(64)), ['10.85.0.2', 'no address']);
  names.add(named(`${'y.'.repeat(120)}y`), ['10.85.0.3']);
  const lookup = opened[0]?.lookup;
  t.same(found(lookup, '10-85-0-2.default.pod.cluster.local'), ['10.85.0.2']);
  t.equal(found(lookup, '2.0.85.10.in-addr.arpa'), undefined);
});

t.test('the resolver goes with the bridge and comes with it, one at a time', async (t) => {
  const { names, log } = open();
  t.same(names.resolver, []);
  await Promise.all([
    names.bridgeUp(bridge),
    names.bridgeDown(),
    names.bridgeUp(bridge),
    names.bridgeUp(bridge),
  ]);
  t.same(log, ['open', 'close', 'open', 'close', 'open']);
  await names.bridgeDown();
  await names.bridgeDown();
  t.equal(log.length, 6);
  t.same(names.resolver, []);
});

t.test('a port that is taken is a warning, and no resolver', async (t) => {
  const hint = 'Free it';
  const { names, warnings } = open(new PeapodError('PEAPOD_UNSUPPORTED', 'Cannot serve names', { hint }));
  await names.bridgeUp(bridge);
  t.same(names.resolver, []);
  t.same(warnings, ['Pods cannot find each other by name: Cannot serve names. Free it']);
});

t.test('an engine that was not asked to resolve names opens no port', async (t) => {
  const names = new PodNames({ warn: (message) => t.fail(message) });
  names.add(named('web'), ['10.85.0.2']);
  await names.bridgeUp(bridge);
  t.same(names.resolver, []);
});
