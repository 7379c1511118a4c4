import { closeSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CREAT,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  RENAME_NOREPLACE,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  S_IFCHR,
} from '../../../src/kernel/constants.js';
import { binding } from '../../../src/native/binding.js';
import { requires, scratchDirectory } from '../../scratch.js';

const native = binding();

function openScratch(t: Test): { path: string; fd: number } {
  const path = scratchDirectory(t);
  const fd = native.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
  t.teardown(() => closeSync(fd));
  return { path, fd };
}

t.test('file: entries are made, renamed, linked and removed in an open directory', async (t) => {
  const { path, fd } = openScratch(t);
  native.mkdirat(fd, 'dir', 0o711);
  native.close(native.openat(fd, 'dir/file', O_WRONLY | O_CREAT, 0o640));
  t.equal(lstatSync(join(path, 'dir')).mode & 0o777, 0o711);
  native.renameat(fd, 'dir/file', fd, 'moved', 0);
  native.linkat(fd, 'moved', fd, 'link', 0);
  t.equal(lstatSync(join(path, 'link')).nlink, 2);
  t.throws(() => native.renameat(fd, 'moved', fd, 'link', RENAME_NOREPLACE), { code: 'EEXIST', errno: 17 });
  native.symlinkat('else\u00e9where', fd, 'symlink');
  t.equal(native.readlinkat(fd, 'symlink').toString(), 'else\u00e9where');
  native.unlinkat(fd, 'dir', true);
  t.throws(() => native.unlinkat(fd, 'dir', true), { code: 'ENOENT', syscall: 'unlinkat' });
});

t.test('file: a name may be any bytes but NUL', async (t) => {
  const { path, fd } = openScratch(t);
  const name = Buffer.from([0xff, 0xfe, 0x41]);
  native.mkdirat(fd, name, 0o700);
  t.ok(statSync(Buffer.concat([Buffer.from(`${path}/`), name])).isDirectory());
  for (const wrong of ['a\0b', Buffer.from([0x41, 0]), 5 as never]) {
    t.throws(() => native.mkdirat(fd, wrong, 0o700), { code: 'EINVAL', syscall: 'arguments' });
  }
});

/** A rename or mount anywhere on the machine may make a `..` on the way EAGAIN (openat2(2)). */
function openInRoot(fd: number, name: string): number {
  for (let tries = 0; ; tries++) {
    try {
      return native.openat2(fd, name, O_RDONLY, 0, RESOLVE_IN_ROOT);
    } catch (error) {
      if ((error as { code: string }).code !== 'EAGAIN' || tries > 1000) throw error;
    }
  }
}

t.test('file: openat2 stays inside its root', async (t) => {
  const { path, fd } = openScratch(t);
  writeFileSync(join(path, 'passwd'), 'inside');
  symlinkSync('/passwd', join(path, 'absolute'));
  symlinkSync('../../../../passwd', join(path, 'relative'));
  for (const name of ['absolute', 'relative', '/passwd', '../passwd']) {
    const file = openInRoot(fd, name);
    t.equal(readFileSync(file, 'utf8'), 'inside', name);
    native.close(file);
  }
  t.throws(() => native.openat2(fd, 'absolute', O_RDONLY, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS), {
    code: 'ELOOP',
  });
});

t.test('file: times before 1970 and between two seconds are kept', async (t) => {
  const { path, fd } = openScratch(t);
  symlinkSync('nowhere', join(path, 'symlink'));
  for (const ns of [0n, -1n, -1_500_000_000n, 1_234_567_890_123_456_789n]) {
    native.utimensat(fd, 'symlink', ns, ns, AT_SYMLINK_NOFOLLOW);
    t.equal(lstatSync(join(path, 'symlink'), { bigint: true }).mtimeNs, ns, String(ns));
  }
  t.throws(() => native.utimensat(fd, 'symlink', 2n ** 64n, 0n, 0), { code: 'EINVAL', syscall: 'arguments' });
});

t.test('file: a file is written and read whole', async (t) => {
  const { path, fd } = openScratch(t);
  writeFileSync(join(path, 'value'), '');
  native.writeAt(fd, 'value', '42\n', 0, 0);
  t.equal(native.readAt(fd, 'value', 100), '42\n');
  t.equal(native.readAt(fd, 'value', 2), '42');
  native.writeAt(fd, 'value', '7', O_TRUNC, 0);
  t.equal(native.readAt(fd, 'value', 100), '7');
  native.writeAt(fd, 'new', 'text', O_CREAT, 0o600);
  t.equal(native.readAt(fd, 'new', 100), 'text');
  t.equal(statSync(join(path, 'new')).mode & 0o777, 0o600);
  t.throws(() => native.writeAt(fd, 'missing', '', 0, 0), { code: 'ENOENT', syscall: 'openat' });
  t.throws(() => native.readAt(fd, '.', 100), { code: 'EISDIR', syscall: 'read' });
});

t.test('file: owners, modes and devices', { skip: requires('root') }, async (t) => {
  const { path, fd } = openScratch(t);
  native.mknodat(fd, 'whiteout', S_IFCHR | 0o600, 0, 0);
  native.mknodat(fd, 'null', S_IFCHR | 0o600, 1, 3);
  t.equal(lstatSync(join(path, 'whiteout')).rdev, 0);
  t.equal(lstatSync(join(path, 'null')).rdev, statSync('/dev/null').rdev);
  native.fchmodat(fd, 'null', 0o6751);
  native.fchownat(fd, 'null', 4_000_000_000, 12, 0);
  native.fchownat(fd, 'null', -1, -1, 0);
  t.match(lstatSync(join(path, 'null')), { uid: 4_000_000_000, gid: 12 });
});

t.test(
  'file: extended attributes are bytes, of an entry or of an O_PATH descriptor',
  { skip: requires('root') },
  async (t) => {
    const { path, fd } = openScratch(t);
    writeFileSync(join(path, 'file'), '');
    symlinkSync('file', join(path, 'symlink'));
    const value = Buffer.from([1, 0, 0x80, 0xff]);
    native.setxattrat(fd, 'symlink', 'trusted.test', value, 0);
    t.same(native.getxattrat(fd, 'symlink', 'trusted.test'), value);
    t.throws(
      () => native.getxattrat(fd, 'file', 'trusted.test'),
      { code: 'ENODATA' },
      'the link was not followed',
    );
    const file = native.openat(fd, 'file', O_PATH, 0);
    native.setxattrat(file, '', 'trusted.test', Buffer.alloc(0), 0);
    t.same(native.getxattrat(file, '', 'trusted.test'), Buffer.alloc(0));
    native.close(file);
  },
);
