import t from 'tap';
import {
  defaultLink4,
  defaultLink6,
  findHostAddresses,
  makeHostAddresses,
} from '../../../src/pod/host-addresses.js';

const routes4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	010200C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
eth1	00000000	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;
const nowhere = '0'.repeat(32);
const routes6 = `fd000000000000000000000000000000 40 ${nowhere} 00 ${nowhere} 00000100 00000001 00000000 00000001 eth1
${nowhere} 00 ${nowhere} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
${nowhere} 00 ${nowhere} 00 ${nowhere} ffffffff 00000001 00000000 00200200       lo
`;

t.test('defaultLink4: the default route of the lowest metric', async (t) => {
  t.equal(defaultLink4(routes4), 'eth0');
  t.equal(defaultLink4(routes4.replaceAll('00000000\t0102', '0000000A\t0102')), undefined);
  t.equal(defaultLink4(''), undefined);
});

t.test('defaultLink6: the default route that leads anywhere', async (t) => {
  t.equal(defaultLink6(routes6), 'eth0');
  t.equal(defaultLink6(routes6.replace('eth0', 'lo')), undefined);
  t.equal(defaultLink6(''), undefined);
});

t.test('findHostAddresses: there is always one, each once', async (t) => {
  const found = findHostAddresses();
  t.ok(found.length >= 1 && found.length <= 2, found.join(' '));
});

t.test('makeHostAddresses: an answer is good for ten seconds', async (t) => {
  let now = 0;
  const addresses = makeHostAddresses(() => now);
  const first = addresses();
  now += 9_999;
  t.equal(addresses(), first);
  now += 1;
  t.not(addresses(), first);
  t.same(addresses(), first);
});
