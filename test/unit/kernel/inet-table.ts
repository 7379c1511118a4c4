import t from 'tap';
import { coversAddress, parseInetTable, parseSctpTable } from '../../../src/kernel/inet-table.js';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

t.test('parseInetTable: reads addresses, ports, states and inodes', (t) => {
  const tcp = `${head}
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0200550A:D431 0101A8C0:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:1F91 0100007F:A4EA 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0
`;
  t.same(parseInetTable(tcp), [
    { address: '127.0.0.1', port: 8080, inode: 4711, isListening: true },
    { address: '10.85.0.2', port: 54321, inode: 4712, isListening: false },
    { address: '127.0.0.1', port: 8081, inode: 0, isListening: false },
  ]);
  const udp6 = `${head}
  73: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 22 2 0 0
  74: 850000FD000000000000000002000000:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 23 2 0 0
  75: 0000000000000000FFFF00000100007F:0035 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 24 2 0 0
`;
  t.same(
    parseInetTable(udp6).map(({ address }) => address),
    ['::', 'fd00:85::2', '127.0.0.1'],
  );
  t.same(parseInetTable(`${head}\n`), []);
  t.end();
});

t.test('parseSctpTable: reads ports and inodes; several addresses count as all', (t) => {
  const text = ` ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
ffff8881 ffff8882 2   10  29   9000      0 31337 10.1.1.1
ffff8883 ffff8884 2   10  30   9001      0 31338 10.1.1.1 127.0.0.1
`;
  t.same(parseSctpTable(text), [
    { address: '10.1.1.1', port: 9000, inode: 31337, isListening: true },
    { address: '::', port: 9001, inode: 31338, isListening: true },
  ]);
  t.end();
});

t.test('coversAddress: every address covers all, another only itself', (t) => {
  for (const own of ['0.0.0.0', '::', '127.0.0.1']) t.ok(coversAddress(own, '127.0.0.1'), own);
  t.ok(coversAddress('127.0.0.1', undefined));
  t.notOk(coversAddress('127.0.0.1', '127.0.0.2'));
  t.end();
});
