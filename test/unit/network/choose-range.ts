import t from 'tap';
import { chooseRange, findInTheWay } from '../../../src/network/choose-range.js';

function range(text: string) {
  const [address = '', prefixLength] = text.split('/');
  return { address, prefixLength: Number(prefixLength) };
}

t.test('chooseRange: the first one the host does not use', (t) => {
  const cases: [string[], string][] = [
    [[], '10.85.0.0/16'],
    [['0.0.0.0/0', '::/0', 'fe80::/64', '192.168.1.0/24', '172.17.0.0/16'], '10.85.0.0/16'],
    [['10.85.0.0/16'], '10.86.0.0/16'],
    [['10.85.0.1/32'], '10.86.0.0/16'],
    [['0.0.0.0/0', '10.84.0.0/15', '10.86.7.0/24'], '10.87.0.0/16'],
    [['10.64.0.0/10'], '172.24.0.0/16'],
    [['10.0.0.0/8', '172.16.0.0/12'], '192.168.128.0/24'],
  ];
  for (const [used, chosen] of cases) t.equal(chooseRange(used.map(range)), chosen, used.join(' '));
  t.end();
});

t.test('chooseRange: when wide routes are everywhere, one that lies in them but holds none', (t) => {
  const wide = ['0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
  t.equal(chooseRange(wide.map(range)), '10.85.0.0/16');
  t.equal(chooseRange([...wide, '10.85.0.0/16', '10.86.3.0/24'].map(range)), '10.87.0.0/16');
  const full = Array.from({ length: 256 }, (_, n) => [
    `10.${n}.0.0/16`,
    `172.${n}.0.0/16`,
    `192.168.${n}.0/24`,
  ]);
  t.throws(() => chooseRange(full.flat().map(range)), { code: 'PEAPOD_CONFLICT', hint: /--pod-cidr/ });
  t.end();
});

t.test('findInTheWay: what is within the range or all of it, never what is wider', (t) => {
  const used = ['0.0.0.0/0', '10.0.0.0/8', 'fd00::/8', '10.85.3.0/24'].map(range);
  t.same(findInTheWay(range('10.85.0.0/16'), used), range('10.85.3.0/24'));
  t.same(findInTheWay(range('10.85.3.0/24'), used), range('10.85.3.0/24'));
  t.equal(findInTheWay(range('10.85.3.0/25'), used), undefined);
  t.equal(findInTheWay(range('fd00:85::/64'), used), undefined);
  t.end();
});
