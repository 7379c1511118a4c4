import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ContainerMount } from '../../src/container/spec.js';
import { requires } from '../scratch.js';
import { exec, shell, type TestPod, withPod } from './fixtures/pod.js';

const skip = requires('root', 'cgroup2', 'overlay');

/** A second layer, over busybox, that the test fills as a hostile image would. */
function makeLayer(pod: TestPod, name: string, fill: (directory: string) => void): { layers: string[] } {
  const directory = join(pod.host.paths.state, name);
  mkdirSync(directory);
  fill(directory);
  return { layers: [name, 'layer'] };
}

function makeCanary(pod: TestPod): string {
  const canary = join(pod.root, 'canary');
  mkdirSync(canary);
  writeFileSync(join(canary, 'secret'), 'secret');
  return canary;
}

function hostMount(path: string, target: string, over: Partial<ContainerMount> = {}): ContainerMount {
  return { source: { kind: 'host', path, recursive: true }, target, readOnly: false, file: false, ...over };
}

t.test('what a container sees mounted is its own and nothing of the host', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const rows = (await pod.run('web', shell('cat /proc/self/mountinfo'))).trimEnd().split('\n');
    const targets = rows.map((row) => row.split(' ')[4] ?? '');
    const allowed = /^\/(|proc(\/.*)?|sys(\/.*)?|dev(\/(pts|shm|mqueue))?)$/;
    t.ok(
      targets.every((target) => allowed.test(target)),
      targets.join(' '),
    );
    t.ok(
      rows.every((row) => !row.includes(pod.root)),
      'no path of the host is named',
    );
  });
});

t.test(
  'kernel files that tell of the host are hidden, those that change it are read-only',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const script = [
        'for f in kcore keys timer_list interrupts; do test -s /proc/$f && echo "visible $f"; done',
        'ls /sys/firmware /sys/kernel/debug 2>/dev/null | grep -v "^/sys\\|^$"',
        'echo 1 > /proc/sys/kernel/hostname && echo written',
        'echo b > /proc/sysrq-trigger && echo written',
        'mkdir /sys/fs/cgroup/x && echo made',
        'mount -t tmpfs none /tmp && echo mounted',
        'echo end',
      ].join('; ');
      t.match(await pod.run('web', shell(`exec 2>/dev/null; ${script}`)), /^end\n$/);
    });
  },
);

for (const name of ['dev', 'proc', 'sys']) {
  t.test(`an image whose /${name} is a link leads nowhere`, { skip }, async (t) => {
    await withPod(t, {}, async (pod) => {
      const canary = makeCanary(pod);
      const rootfs = {
        kind: 'overlay' as const,
        ...makeLayer(pod, 'evil', (at) => symlinkSync(canary, join(at, name))),
      };
      await t.rejects(pod.start('web', shell('true'), { rootfs }), {
        code: 'PEAPOD_LAUNCH_FAILED',
        details: { op: 'makeIn', code: 'ELOOP' },
      });
      t.same(readdirSync(canary), ['secret']);
    });
  });
}

t.test('a mount point that is a link stays inside the container', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const canary = makeCanary(pod);
    const layer = makeLayer(pod, 'evil', (at) => symlinkSync(canary, join(at, 'volume')));
    const source = join(pod.root, 'source');
    mkdirSync(source);
    const text = await pod
      .run('web', shell('echo x > /volume/inside/file; ls -d /volume/inside'), {
        rootfs: { kind: 'overlay', ...layer },
        mounts: [hostMount(source, '/volume/inside')],
      })
      .catch((error) => error.code);
    t.match(text, /inside|PEAPOD_LAUNCH_FAILED/);
    t.same(readdirSync(canary), ['secret']);
  });
});

t.test('nothing can be mounted on the root or on /proc', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    for (const target of ['/', '/proc', '/proc/sys']) {
      const mounts = [hostMount(pod.root, target)];
      await t.rejects(pod.start('web', shell('true'), { mounts }), { code: 'PEAPOD_UNSUPPORTED' }, target);
    }
  });
});

t.test('volumes are writable or not as asked, and devices in them do not work', { skip }, async (t) => {
  const memory = { memoryVolumes: [{ name: 'cache', sizeBytes: 1 << 20 }] };
  await withPod(t, memory, async (pod) => {
    const source = join(pod.root, 'source');
    mkdirSync(source);
    const script = [
      'echo x > /rw/file && echo written',
      'echo x > /ro/file2 || echo refused',
      'cat /ro/file',
      'mknod /rw/null c 1 3 && cat /rw/null || echo no-device',
      'head -c 2000000 /dev/zero > /cache/big || echo full',
    ].join('; ');
    const text = await pod.run('web', shell(`exec 2>/dev/null; ${script}`), {
      mounts: [
        hostMount(source, '/rw'),
        hostMount(source, '/ro', { readOnly: true }),
        { source: { kind: 'memory', volume: 'cache' }, target: '/cache', readOnly: false, file: false },
      ],
    });
    t.equal(text, 'written\nrefused\nx\nno-device\nfull\n');
    t.equal(readFileSync(join(source, 'file'), 'utf8'), 'x\n', 'on the host, too');
  });
});

t.test('an in-memory volume is one volume for all containers of the pod', { skip }, async (t) => {
  const memory = { memoryVolumes: [{ name: 'cache', sizeBytes: 0 }] };
  const mounts = [
    { source: { kind: 'memory', volume: 'cache' }, target: '/cache', readOnly: false, file: false },
  ] as const;
  await withPod(t, memory, async (pod) => {
    await pod.run('one', shell('echo from-one > /cache/file'), { mounts });
    t.equal(await pod.run('two', shell('cat /cache/file'), { mounts }), 'from-one\n');
  });
});

t.test('a subPath cannot leave its volume', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const canary = makeCanary(pod);
    const volume = join(pod.root, 'volume');
    mkdirSync(volume);
    symlinkSync(canary, join(volume, 'out'));
    for (const subPath of ['out', 'out/..', '../canary', 'made/here']) {
      const mounts = [
        hostMount(volume, '/v', { source: { kind: 'host', path: volume, subPath, recursive: true } }),
      ];
      const name = `sub-${subPath.replaceAll(/\W/g, '-')}x`;
      const text = await pod.run(name, shell('ls /v'), { mounts }).catch((error) => error.code);
      t.notMatch(text, /secret/, subPath);
    }
    t.same(readdirSync(canary), ['secret']);
  });
});

t.test('a read-only root takes no file but on its volumes', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const source = join(pod.root, 'source');
    mkdirSync(source);
    const text = await pod.run(
      'web',
      shell('exec 2>/dev/null; echo x > /file || echo refused; echo x > /v/f && echo ok'),
      {
        readOnlyRootfs: true,
        mounts: [hostMount(source, '/v')],
      },
    );
    t.equal(text, 'refused\nok\n');
  });
});

t.test(
  'a volume of the image is writable on a read-only root, and has what the image has there',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const text = await pod.run(
        'web',
        shell(
          'exec 2>/dev/null; echo x > /etc/file || echo refused; for d in /bin /new/one; do echo x > $d/f && echo ok; done; ls /bin | grep -c .',
        ),
        {
          readOnlyRootfs: true,
          mounts: ['/bin', '/new/one'].map((target) => ({
            source: { kind: 'rootfs' },
            target,
            readOnly: false,
            file: false,
          })),
        },
      );
      const [refused, first, second, count] = text.split('\n');
      t.same([refused, first, second], ['refused', 'ok', 'ok']);
      t.ok(Number(count) > 1, 'beside what was there');
    });
  },
);

t.test(
  'the host image shows the host, keeps what is written, and hides our own state',
  { skip },
  async (t) => {
    await withPod(t, {}, async (pod) => {
      const script = `test -e ${process.execPath} && echo node; echo x > /etc/peapod-test && cat /etc/peapod-test; ls ${pod.host.paths.state} | wc -l`;
      const text = await pod.run(
        'web',
        { ...shell(script), env: ['PATH=/usr/bin:/bin'] },
        {
          rootfs: { kind: 'host', upperBytes: 1 << 20 },
        },
      );
      t.equal(text, 'node\nx\n0\n');
      t.throws(() => readFileSync('/etc/peapod-test'), { code: 'ENOENT' });
    });
  },
);

t.test('containers share what the pod owns and nothing else', { skip }, async (t) => {
  await withPod(t, {}, async (pod) => {
    const script =
      'for n in mnt net ipc uts pid cgroup; do readlink /proc/self/ns/$n; done; hostname; ifconfig lo';
    // Both run while they are looked at: the kernel gives the inode of a dead namespace to the next.
    const texts: string[] = [];
    for (const name of ['one', 'two']) {
      const container = await pod.start(name, shell('sleep 1000'));
      texts.push((await exec(container, shell(script))).stdout);
    }
    const [one = '', two = ''] = texts;
    const [mnt1, net1, ipc1, uts1, pid1, cgroup1] = one.split('\n');
    const [mnt2, net2, ipc2, uts2, pid2, cgroup2] = two.split('\n');
    t.same([net1, ipc1, uts1, pid1], [net2, ipc2, uts2, pid2]);
    t.not(mnt1, mnt2);
    t.not(cgroup1, cgroup2);
    t.match(one, /\ntest-pod\n/);
    t.match(one, /127\.0\.0\.1/, 'lo is up');
    t.match(one, /::1/, 'with both addresses');
  });
});

t.test('host namespaces are the host’s', { skip }, async (t) => {
  await withPod(t, { network: 'host', ipc: 'host', uts: 'host', pid: 'host' }, async (pod) => {
    const script = 'for n in net ipc uts pid; do readlink /proc/self/ns/$n; done';
    const own = ['net', 'ipc', 'uts', 'pid'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    t.same((await pod.run('web', shell(script))).trimEnd().split('\n'), own);
  });
});
