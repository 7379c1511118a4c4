import fc from 'fast-check';
import t from 'tap';
import { type MountInfo, parseMountinfo, readMountinfo } from '../../../src/kernel/mountinfo.js';

const line = '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n';

t.test('a line of mountinfo is read as proc(5) describes it', async (t) => {
  t.same(parseMountinfo(line), [
    {
      mountId: 36,
      parentId: 35,
      device: '98:0',
      root: '/mnt1',
      mountPoint: '/mnt 2',
      options: ['rw', 'noatime'],
      propagation: ['master:1', 'shared:2'],
      type: 'ext3',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    },
  ]);
});

t.test('a private mount, a mount point named "-" and an empty source are read', async (t) => {
  const [mount] = parseMountinfo('1 2 0:3 / - rw - tmpfs  rw');
  t.match(mount, { mountPoint: '-', propagation: [], type: 'tmpfs', source: '', superOptions: ['rw'] });
});

t.test('a backslash followed by digits in a name stays what it was', async (t) => {
  t.equal(parseMountinfo('1 2 0:3 / /a\\134040 rw - tmpfs none rw')[0]?.mountPoint, '/a\\040');
});

/** As the kernel writes it: seq_path and seq_escape of " \t\n\\#". */
function escapeName(text: string): string {
  return text.replace(/[ \t\n\\#]/g, (found) => `\\${found.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function format(mount: MountInfo): string {
  const before = [
    mount.mountId,
    mount.parentId,
    mount.device,
    escapeName(mount.root),
    escapeName(mount.mountPoint),
  ];
  const after = [mount.type, escapeName(mount.source), mount.superOptions.join()];
  return [...before, mount.options.join(), ...mount.propagation, '-', ...after].join(' ');
}

const text = fc.string({ unit: fc.constantFrom('a', ' ', '\\', '0', '4', '\n', '\t', '#', '-', 'é', '/') });
const option = fc.stringMatching(/^[a-z]{1,5}(=[a-z0-9]{1,3})?$/);
const arbitraryMount: fc.Arbitrary<MountInfo> = fc.record({
  mountId: fc.nat(),
  parentId: fc.nat(),
  device: fc.constantFrom('0:1', '259:12'),
  root: text.map((name) => `/${name}`),
  mountPoint: text.map((name) => `/${name}`),
  options: fc.array(option, { minLength: 1 }),
  propagation: fc.subarray(['shared:2', 'master:1', 'propagate_from:7', 'unbindable']),
  type: fc.constantFrom('tmpfs', 'fuse.x'),
  source: text,
  superOptions: fc.array(option, { minLength: 1 }),
});

t.test('whatever the kernel writes is read back', async (t) => {
  fc.assert(
    fc.property(fc.array(arbitraryMount), (mounts) => {
      t.same(parseMountinfo(mounts.map((mount) => `${format(mount)}\n`).join('')), mounts);
    }),
    { numRuns: 50 },
  );
});

t.test('the mounts of this process can be read', async (t) => {
  t.ok(readMountinfo().some((mount) => mount.mountPoint === '/' && mount.mountId > 0));
});
