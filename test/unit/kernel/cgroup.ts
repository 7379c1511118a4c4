import t from 'tap';
import { findCgroupMount, parseKeys } from '../../../src/kernel/cgroup.js';
import { parseMountinfo } from '../../../src/kernel/mountinfo.js';

const hybrid = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

t.test('cgroup v2 is found where it is mounted', async (t) => {
  t.equal(findCgroupMount(parseMountinfo(hybrid)), '/sys/fs/cgroup/unified');
  t.equal(
    findCgroupMount(parseMountinfo('1 2 0:3 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw')),
    '/sys/fs/cgroup',
  );
  t.equal(findCgroupMount(parseMountinfo('1 2 0:3 / / rw - ext4 /dev/vda rw')), undefined);
});

t.test('the whole hierarchy is preferred to a part of it', async (t) => {
  const part = '42 31 0:38 /some /mnt/part rw - cgroup2 cgroup2 rw\n';
  t.equal(findCgroupMount(parseMountinfo(part + hybrid)), '/sys/fs/cgroup/unified');
  t.equal(findCgroupMount(parseMountinfo(part)), '/mnt/part');
});

t.test('keys are read with their values', async (t) => {
  t.same(
    parseKeys('populated 1\nfrozen 0\n'),
    new Map([
      ['populated', '1'],
      ['frozen', '0'],
    ]),
  );
  t.same(parseKeys('rbytes=1 wbytes=2\n').get('rbytes=1'), 'wbytes=2');
  t.same(parseKeys(''), new Map());
});
