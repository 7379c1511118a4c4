import t from 'tap';
import { parseGroup, parseId, parsePasswd } from '../../../src/image/passwd.js';

t.test('passwd: rows are read, malformed ones are none', async (t) => {
  const text = [
    'root:x:0:0:root:/root:/bin/sh',
    'nginx:x:101:102::/var/cache/nginx:/sbin/nologin',
    '# a comment',
    'short:x:1',
    'big:x:2147483648:0::/:',
    'minus:x:-1:0::/:',
    ':x:5:5::/:',
    '',
  ].join('\n');
  t.same(parsePasswd(text), [
    { name: 'root', uid: 0, gid: 0, home: '/root' },
    { name: 'nginx', uid: 101, gid: 102, home: '/var/cache/nginx' },
  ]);
});

t.test('group: rows are read with their members', async (t) => {
  t.same(parseGroup('root:x:0:\nwww:x:33:a,b,,c\nbad:x:x:\n'), [
    { name: 'root', gid: 0, members: [] },
    { name: 'www', gid: 33, members: ['a', 'b', 'c'] },
  ]);
});

t.test('id: only plain digits in range are numbers', async (t) => {
  t.equal(parseId('0'), 0);
  t.equal(parseId('2147483647'), 2147483647);
  for (const text of [
    '',
    '-1',
    '+1',
    '1e3',
    '0x0',
    ' 0',
    '0 ',
    '٠',
    '2147483648',
    '4294967296',
    '00000000000',
  ]) {
    t.equal(parseId(text), undefined, JSON.stringify(text));
  }
});
