import t from 'tap';
import { AT_FDCWD, O_NOCTTY, O_NONBLOCK, O_RDWR, RLIMITS } from '../../../src/kernel/constants.js';
import { binding } from '../../../src/native/binding.js';

const native = binding();

t.test('terminal: its size is set and read', async (t) => {
  const terminal = native.openat(AT_FDCWD, '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
  native.setWindowSize(terminal, 24, 80);
  t.same(native.getWindowSize(terminal), { rows: 24, columns: 80 });
  t.throws(() => native.setWindowSize(terminal, 70_000, 80), { code: 'EINVAL' });
  native.setNonblocking(terminal, true);
  t.equal(native.getFlags(terminal) & O_NONBLOCK, O_NONBLOCK);
  native.setNonblocking(terminal, false);
  t.equal(native.getFlags(terminal) & O_NONBLOCK, 0);
  native.close(terminal);
  const [reader, writer] = native.pipe();
  t.throws(() => native.getWindowSize(reader), { code: 'ENOTTY', syscall: 'ioctl' });
  for (const fd of [reader, writer]) native.close(fd);
  t.throws(() => native.close(reader), { code: 'EBADF', syscall: 'close' });
});

t.test('terminal: limits of this process are read', async (t) => {
  const { soft, hard } = native.getRlimit(RLIMITS.RLIMIT_NOFILE ?? -1);
  t.ok(soft > 0n && soft <= hard);
  t.throws(() => native.getRlimit(99), { code: 'EINVAL', syscall: 'getrlimit' });
});
