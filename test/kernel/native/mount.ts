import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_T_EMPTY_PATH,
  OPEN_TREE_CLONE,
} from '../../../src/kernel/constants.js';
import { readMountinfo } from '../../../src/kernel/mountinfo.js';
import { binding } from '../../../src/native/binding.js';
import { withLeakCheck } from '../../leaks.js';
import { requires, scratchDirectory } from '../../scratch.js';

const native = binding();
const skip = requires('root');

t.test(
  'mount: a file system is made detached, attached, cloned and taken away by fd',
  { skip },
  async (t) => {
    const directory = scratchDirectory(t);
    const [first, second] = [join(directory, 'first'), join(directory, 'second')];
    await withLeakCheck(
      t,
      () => {
        for (const path of [first, second]) mkdirSync(path, { recursive: true });
        const tmpfs = native.createFilesystem('tmpfs', ['size=64k', 'mode=0711', 'noswap'], MOUNT_ATTR_NODEV);
        native.moveMount(tmpfs, AT_FDCWD, first, 0);
        writeFileSync(join(first, 'file'), '');
        const clone = native.openTree(tmpfs, '', OPEN_TREE_CLONE | AT_EMPTY_PATH);
        native.mountSetattr(clone, '', AT_EMPTY_PATH, {
          set: MOUNT_ATTR_RDONLY,
          clear: MOUNT_ATTR_NODEV,
          propagation: 0,
        });
        const target = openSync(second, 'r');
        native.moveMount(clone, target, '', MOVE_MOUNT_T_EMPTY_PATH);
        t.same(readdirSync(second), ['file']);
        t.throws(() => writeFileSync(join(second, 'other'), ''), { code: 'EROFS' });
        const mounts = readMountinfo().filter(({ mountPoint }) => mountPoint.startsWith(directory));
        t.match(mounts, [{ options: ['rw', 'nodev', 'relatime'] }, { options: ['ro', 'relatime'] }]);
        for (const fd of [tmpfs, clone, target]) closeSync(fd);
        for (const path of [first, second]) native.umount2(path, MNT_DETACH);
      },
      { cgroups: [] },
    );
  },
);

t.test('mount: each call that fails is named', { skip }, async (t) => {
  t.throws(() => native.createFilesystem('nofs', [], 0), { code: 'ENODEV', syscall: 'fsopen' });
  t.throws(() => native.createFilesystem('tmpfs', ['nooption=1'], 0), {
    code: 'EINVAL',
    syscall: 'fsconfig',
  });
  t.throws(() => native.createFilesystem('tmpfs', [], 0x40000000), { code: 'EINVAL', syscall: 'fsmount' });
  t.throws(() => native.openTree(AT_FDCWD, '/none', 0), { code: 'ENOENT', syscall: 'open_tree' });
  t.throws(() => native.moveMount(0, AT_FDCWD, '/', 0), { code: 'EINVAL', syscall: 'move_mount' });
  t.throws(() => native.umount2('/none', 0), { code: 'ENOENT', syscall: 'umount2' });
  t.throws(() => native.mountSetattr(0, '', 0, {} as never), { code: 'EINVAL', syscall: 'arguments' });
  const thrower = {
    get set(): number {
      throw new Error('mine');
    },
    clear: 0,
    propagation: 0,
  };
  t.throws(() => native.mountSetattr(0, '', 0, thrower), { message: 'mine' });
});
