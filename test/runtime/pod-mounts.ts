import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { readMountinfo } from '../../src/kernel/mountinfo.js';
import { defaultCapabilities } from '../../src/pod/capabilities.js';
import { requires } from '../scratch.js';
import { shell, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** What a process sees mounted, in order: `/shm ro tmpfs`. */
function mountsOf(pid: number): string[] {
  return readMountinfo(pid).map(({ mountPoint, options, type }) => `${mountPoint} ${options[0]} ${type}`);
}

t.test("pause has the pod's own mounts and none of the host", { skip }, async (t) => {
  const memoryVolumes = [{ name: 'cache', sizeBytes: 0 }];
  for (const over of [{}, { network: 'none' }, { pid: 'host', ipc: 'host', uts: 'host' }] as const) {
    await withPod(t, { ...over, memoryVolumes }, async ({ sandbox }) => {
      const { pid } = sandbox?.record ?? { pid: 0 };
      const shm = 'ipc' in over ? [] : ['/shm rw tmpfs'];
      t.same(mountsOf(pid), ['/ ro tmpfs', ...shm, '/volumes/cache rw tmpfs']);
      const names = ['r', ...(shm.length > 0 ? ['shm'] : []), 'volumes'];
      t.same(readdirSync(`/proc/${pid}/root`).sort(), names);
      t.throws(() => mkdirSync(`/proc/${pid}/root/more`), { code: 'EROFS' });
    });
  }
});

t.test('what one pod mounts, another does not see', { skip }, async (t) => {
  await withPod(t, {}, async (one) => {
    await withPod(t, {}, async (other) => {
      const pids = [one, other].map(({ sandbox }) => sandbox?.record.pid ?? 0);
      const [first, second] = pids.map((pid) => readlinkSync(`/proc/${pid}/ns/mnt`));
      t.not(first, second);
      writeFileSync(`/proc/${pids[0]}/root/shm/mine`, '');
      t.same(readdirSync(`/proc/${pids[1]}/root/shm`), []);
    });
  });
});

/** Leaves a directory for its parent, as whoever may change the root can: the root is then above where it stands. */
const leaveRoot = `
  opendir(TOP, "/"); mkdir "/tmp/deep"; chroot "/tmp/deep" or die "chroot: $!"; chdir(*TOP) or die "chdir: $!";
  chdir ".." for 1 .. 50; chroot "." or die; chdir "/" or die;
  opendir(FOUND, "/") or die; print join(" ", sort grep { !/^[.]/ } readdir FOUND), "\\n";
`;

t.test('changing the root leads nowhere but to the root of the container', { skip }, async (t) => {
  const rootfs = { kind: 'host', upperBytes: 1 << 20 } as const;
  for (const pid of ['pod', 'container', 'host'] as const) {
    await withPod(t, { pid }, async (pod) => {
      const script = `touch /own; ls / | sort | tr "\\n" " "; echo; exec perl -e '${leaveRoot}'`;
      const process = shell(script, {
        env: ['PATH=/usr/bin:/bin', 'LC_ALL=C'],
        capabilities: [...defaultCapabilities, 'SYS_CHROOT'],
      });
      const [own = '', found] = (await pod.run('escape', process, { rootfs })).split('\n');
      t.match(own, / own /);
      t.equal(found, own.trimEnd());
    });
  }
});
