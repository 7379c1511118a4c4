import t from 'tap';
import { SystemError } from '../../../src/errors.js';
import { describeMissing, findMissing } from '../../../src/network/firewall-features.js';
import { NftConnection } from '../../../src/network/nft/connection.js';

function failure(code: string): SystemError {
  return new SystemError(`Cannot change the packet filter: ${code}`, { code, errno: 1, syscall: 'netlink' });
}

/** A kernel that lacks what the words of a request show. */
class Lacking extends NftConnection {
  readonly #words: readonly (string | number)[];

  constructor(...words: readonly (string | number)[]) {
    super();
    this.#words = words;
  }

  override async check(requests: Parameters<NftConnection['check']>[0]) {
    const isLacking = requests.some(({ payload }) =>
      this.#words.some((word) =>
        typeof word === 'string' ? payload.includes(`${word}\0`) : payload[0] === word,
      ),
    );
    return isLacking ? failure('ENOENT') : undefined;
  }
}

async function explain(...words: readonly (string | number)[]) {
  return describeMissing(failure('ENOENT'), await findMissing(new Lacking(...words)));
}

t.test('what the kernel lacks is named, with its module', async (t) => {
  t.match(await explain('fib'), {
    code: 'PEAPOD_FIREWALL_UNAVAILABLE',
    message: 'Cannot make the firewall: the kernel lacks the fib expression of nf_tables',
    hint: /^Load what is missing: modprobe -a nft_fib_inet;/,
    details: { modules: ['nft_fib_inet'] },
  });
  t.match(await explain('masq', 'ct'), {
    message: /lacks the ct expression, the masquerade expression of nf_tables$/,
    details: { modules: ['nft_ct', 'nft_masq'] },
  });
  t.match(describeMissing(failure('ENOTSUP'), []), { message: /the kernel lacks nf_tables$/ });
  t.match(describeMissing(failure('EPROTONOSUPPORT'), []), { message: /the kernel lacks nfnetlink$/ });
});

t.test('without the bridge family there is no error: it can do without', async (t) => {
  const bridge = 7;
  const missing = await findMissing(new Lacking(bridge));
  t.same(
    missing.map(({ what }) => what),
    ['its bridge family'],
  );
  t.equal(describeMissing(failure('ENOENT'), missing), undefined);
  t.equal(describeMissing(failure('EPERM'), []), undefined, 'nor when nothing is missing');
});
