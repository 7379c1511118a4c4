import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ImageUsers } from '../../../src/image/image-users.js';
import { lookupUser } from '../../../src/image/lookup-user.js';
import { AT_FDCWD, S_IFCHR } from '../../../src/kernel/constants.js';
import { files } from '../../../src/kernel/files.js';
import { requires, scratchDirectory } from '../../scratch.js';

const passwd = [
  'root:x:0:0:root:/root:/bin/sh',
  'nginx:x:101:102::/var/cache/nginx:/bin/false',
  'homeless:x:7:7:::',
  // Names that look like numbers, and lead to root.
  ...['4294967296', '2147483648', '1e3', '0x0', '-1', '00000000000', ' 0', '٠'].map(
    (name) => `${name}:x:0:0::/:`,
  ),
].join('\n');
const group =
  'root:x:0:\nnginx:x:102:\nadm:x:4:nginx,root\ntty:x:5:nginx,nginx\nown:x:102:nginx\n4294967296:x:0:\n';

/** A state directory with layers, top first; each is a list of files of etc. */
function layersOf(t: Test, ...layers: Record<string, string>[]) {
  const state = scratchDirectory(t);
  const names = layers.map((texts, index) => {
    mkdirSync(join(state, `l${index}/etc`), { recursive: true });
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(state, `l${index}/etc`, name), text);
    return `l${index}`;
  });
  const rootfs = { kind: 'overlay' as const, layers: names };
  return { state, lookup: (user: string) => lookupUser(state, rootfs, user) };
}

t.test('user: names and numbers are found in the image', async (t) => {
  const { lookup } = layersOf(t, { passwd, group });
  t.same(lookup('nginx'), { uid: 101, gid: 102, additionalGids: [4, 5], home: '/var/cache/nginx' });
  t.same(lookup('101'), lookup('nginx'), 'the row of a number supplies the rest');
  t.same(lookup(''), { uid: 0, gid: 0, additionalGids: [4], home: '/root' });
  t.same(lookup('1000'), { uid: 1000, gid: 0, additionalGids: [], home: '/' });
  t.same(lookup('nginx:adm'), { uid: 101, gid: 4, additionalGids: [5, 102], home: '/var/cache/nginx' });
  t.same(lookup('0:33'), { uid: 0, gid: 33, additionalGids: [4], home: '/root' });
  t.same(lookup('2147483647:2147483647'), {
    uid: 2147483647,
    gid: 2147483647,
    additionalGids: [],
    home: '/',
  });
  t.equal(lookup('homeless').home, '/');
});

t.test('user: what looks like a number is never taken for a name', async (t) => {
  const { lookup } = layersOf(t, { passwd, group });
  const wrong = [
    ...[
      '2147483648',
      '4294967296',
      '9223372036854775808',
      '18446744073709551616',
      '-1',
      '+0',
      '1e3',
      '0x0',
      ' 0',
      '0 ',
    ],
    ...[
      '00000000000',
      '٠',
      '０',
      '0\n',
      '0\0',
      '1.0',
      '0b0',
      '0o0',
      '1_000',
      '',
      '.',
      '..',
      '/',
      'a/b',
      'a b',
      '$(id)',
    ],
  ];
  for (const user of wrong.filter((text) => text !== '')) {
    t.throws(() => lookup(user), { code: 'PEAPOD_IMAGE_INVALID' }, JSON.stringify(user));
  }
  for (const part of wrong) {
    t.throws(
      () => lookup(`nginx:${part}`),
      { code: 'PEAPOD_IMAGE_INVALID' },
      `group ${JSON.stringify(part)}`,
    );
  }
  for (const user of ['nobody', 'nginx:nobody', 'nginx:adm:', 'a:b:c']) {
    t.throws(() => lookup(user), { code: 'PEAPOD_IMAGE_INVALID' }, user);
  }
});

t.test('user: the topmost layer that has the file counts', async (t) => {
  const { lookup } = layersOf(
    t,
    {},
    { passwd: 'a:x:1:2::/a:' },
    { passwd: 'a:x:3:4::/b:\nb:x:5:6::/c:', group: 'g:x:9:a' },
  );
  t.same(lookup('a'), { uid: 1, gid: 2, additionalGids: [9], home: '/a' });
  t.throws(() => lookup('b'), { code: 'PEAPOD_IMAGE_INVALID' });
});

t.test('user: a file that is not a small regular one is not read', async (t) => {
  const { state, lookup } = layersOf(t, { other: 'a:x:1:1::/:' });
  const etc = join(state, 'l0/etc');
  const shapes: Record<string, () => void> = {
    'a FIFO': () => execFileSync('mkfifo', [join(etc, 'passwd')]),
    'a symlink to itself': () => symlinkSync('passwd', join(etc, 'passwd')),
    'a device': () => files().mknodat(AT_FDCWD, join(etc, 'passwd'), S_IFCHR | 0o666, 1, 5),
    'a directory': () => mkdirSync(join(etc, 'passwd')),
    'more than 1 MiB': () => writeFileSync(join(etc, 'passwd'), `a:x:1:1::/:\n${'x'.repeat(1 << 20)}`),
    'more than 10000 lines': () => writeFileSync(join(etc, 'passwd'), `a:x:1:1::/:\n${'\n'.repeat(10_001)}`),
  };
  for (const [what, make] of Object.entries(shapes)) {
    make();
    t.throws(() => lookup('a'), { code: 'PEAPOD_IMAGE_INVALID' }, what);
    t.same(lookup('5'), { uid: 5, gid: 0, additionalGids: [], home: '/' }, `${what}: a number needs no file`);
    execFileSync('rm', ['-rf', join(etc, 'passwd')]);
  }
});

t.test(
  'user: what a layer deletes is not there, whatever lies beneath',
  { skip: requires('root') },
  async (t) => {
    const { state, lookup } = layersOf(t, { other: '' }, { passwd: 'a:x:1:2::/a:', group: 'g:x:9:a' });
    files().mknodat(AT_FDCWD, join(state, 'l0/etc/group'), S_IFCHR, 0, 0);
    t.same(lookup('a').additionalGids, []);
    files().setxattrat(AT_FDCWD, join(state, 'l0/etc'), 'trusted.overlay.opaque', Buffer.from('y'), 0);
    t.throws(() => lookup('a'), { code: 'PEAPOD_IMAGE_INVALID' });
  },
);

t.test('user: a file may be a symlink to one of another layer', async (t) => {
  const { state, lookup } = layersOf(t, { other: '' }, { real: 'a:x:1:2::/a:' });
  symlinkSync('/etc/../etc/real', join(state, 'l0/etc/passwd'));
  t.equal(lookup('a').uid, 1);
});

t.test('user: a directory that is a symlink is followed inside the layer only', async (t) => {
  const state = scratchDirectory(t);
  mkdirSync(join(state, 'l0/real'), { recursive: true });
  mkdirSync(join(state, 'outside'));
  writeFileSync(join(state, 'outside/passwd'), 'a:x:1:1::/:');
  symlinkSync(join(state, 'outside'), join(state, 'l0/etc'));
  const rootfs = { kind: 'overlay' as const, layers: ['l0'] };
  t.throws(() => lookupUser(state, rootfs, 'a'), { code: 'PEAPOD_IMAGE_INVALID' });
  t.same(lookupUser('/', { kind: 'host' }, 'root').uid, 0, 'the host has its own');
});

t.test('user: an image is looked through once, the host each time', async (t) => {
  const { state } = layersOf(t, { passwd: 'a:x:1:1::/:' });
  const rootfs = { kind: 'overlay' as const, layers: ['l0'] };
  const users = new ImageUsers(state);
  const found = users.lookup({ id: 'one', rootfs }, 'a');
  writeFileSync(join(state, 'l0/etc/passwd'), 'a:x:2:2::/:');
  t.equal(users.lookup({ id: 'one', rootfs }, 'a'), found);
  t.equal(users.lookup({ id: 'other', rootfs }, 'a').uid, 2);
  t.equal(users.lookup({ id: 'one', rootfs }, '2').uid, 2);
  t.throws(() => users.lookup({ id: 'one', rootfs }, 'b'), { code: 'PEAPOD_IMAGE_INVALID' });
  const host = { id: 'host', rootfs: { kind: 'host' as const } };
  t.not(users.lookup(host, 'root'), users.lookup(host, 'root'));
});
