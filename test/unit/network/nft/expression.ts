import t from 'tap';
import { encodeExpression } from '../../../../src/network/nft/expression.js';
import { load } from '../../../../src/network/nft/field.js';
import { goTo, is, isIn } from '../../../../src/network/nft/match.js';

/** As nf_tables.h lays them out: attributes in attributes, by what `nft --debug=netlink` calls them. */
const golden = {
  'payload load 4b @ network header + 12 => reg 1':
    '34000180' +
    '0c0001007061796c6f616400' +
    '24000280' +
    '0800010000000008' +
    '0800020000000001' +
    '080003000000000c' +
    '0800040000000004',
  'cmp eq reg 1 0x0000007f':
    '2c000180' +
    '08000100636d7000' +
    '20000280' +
    '0800010000000008' +
    '0800020000000000' +
    '0c000380' +
    '050001007f000000',
  'lookup reg 1 set links':
    '30000180' +
    '0b0001006c6f6f6b75700000' +
    '20000280' +
    '0a0001006c696e6b73000000' +
    '0800020000000008' +
    '0800050000000000',
  'immediate reg 0 goto -> pod':
    '38000180' +
    '0e000100696d6d656469617465000000' +
    '24000280' +
    '0800010000000000' +
    '18000280' +
    '14000280' +
    '08000100fffffffc' +
    '08000200706f6400',
};

t.test('expressions have the bytes the kernel expects', async (t) => {
  const [, compare] = is('icmpv6 type', 0x7f);
  const [, lookup] = isIn('links', 'iifname');
  const [jump] = goTo('pod');
  const encoded = [load('ip saddr', 8), compare, lookup, jump].map((one) => one && encodeExpression(one));
  t.same(
    encoded.map((bytes) => bytes?.toString('hex')),
    Object.values(golden),
  );
});
