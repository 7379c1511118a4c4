import t from 'tap';
import { SystemError } from '../../../../src/errors.js';
import { Firewall } from '../../../../src/network/firewall.js';
import { NftConnection } from '../../../../src/network/nft/connection.js';
import { requires } from '../../../scratch.js';
import { attachmentOf, options } from './fixtures/network.js';
import { elements, listTables } from './fixtures/nft.js';

const skip = requires('root', 'nft');

type Requests = Parameters<NftConnection['attempt']>[0];

/** The kernel's own, but for some requests that it seems not to know. */
class Lacking extends NftConnection {
  readonly #isLacking: (payload: Buffer) => boolean;

  constructor(isLacking: (payload: Buffer) => boolean) {
    super();
    this.#isLacking = isLacking;
  }

  override async attempt(requests: Requests) {
    const refusals = this.#refusals(requests);
    return refusals.length > 0 ? refusals : await super.attempt(requests);
  }

  override async check(requests: Requests) {
    return this.#refusals(requests)[0]?.error ?? (await super.check(requests));
  }

  #refusals(requests: Requests) {
    const error = new SystemError('Cannot: ENOENT', { code: 'ENOENT', errno: 2, syscall: 'netlink' });
    return requests.filter(({ payload }) => this.#isLacking(payload)).map((request) => ({ request, error }));
  }
}

t.test('firewall: without nftables for bridges ports are published all the same', { skip }, async (t) => {
  const bridge = 7;
  const firewall = new Firewall(options, new Lacking((payload) => payload[0] === bridge));
  const pod = attachmentOf(2, [{ protocol: 'TCP', hostPort: 8080, containerPort: 80 }]);
  t.equal(firewall.pinned, true);
  await firewall.install([]);
  t.equal(firewall.pinned, false);
  await firewall.add(pod);
  t.equal(elements(options.name, 'ports4').length, 1);
  t.same(elements(options.name, 'macs'), []);
  t.same(
    (await firewall.counters()).map(({ name }) => name),
    ['martian', 'published', 'masqueraded', 'hairpin', 'loopback'],
  );
  await firewall.remove(pod);
  await firewall.uninstall();
  t.same(listTables(options.name), []);
  await firewall.close();
});

t.test('firewall: what it cannot do without is told, and nothing is made', { skip }, async (t) => {
  const firewall = new Firewall(options, new Lacking((payload) => payload.includes('fib\0')));
  await t.rejects(firewall.install([attachmentOf(2)]), {
    code: 'PEAPOD_FIREWALL_UNAVAILABLE',
    details: { modules: ['nft_fib_inet'] },
  });
  t.same(listTables(options.name), []);
  await firewall.close();
});
