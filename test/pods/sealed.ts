import { readFileSync } from 'node:fs';
import t from 'tap';
import { idle, pod, script } from './fixtures/manifest.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

/** Where something may be mounted in a container that asks for nothing. */
const usualPlaces =
  /^\/(proc(\/.*)?|sys(\/.*)?|dev(\/(pts|shm|mqueue|console|null|zero|full|random|urandom|tty|termination-log))?|etc\/(hosts|hostname|resolv\.conf))?$/;

/** A setting that belongs to no namespace, and does no harm when a test that fails changes it. */
const sysctl = '/proc/sys/kernel/panic';

t.test('a container sees no mount, descriptor or process of the host', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    await peapod.apply(
      pod('web', [script(idle, { volumeMounts: [{ name: 'own', mountPath: '/own' }] })], {
        volumes: [{ name: 'own', emptyDir: {} }],
      }),
    );
    const look = (text: string) => peapod.shell('web', text);

    const places = (await look("awk '{print $5}' /proc/self/mountinfo")).split('\n');
    t.same(
      places.filter((place) => !usualPlaces.test(place)),
      ['/own'],
      'mounts',
    );
    const sources = await look('cut -d" " -f4- /proc/self/mountinfo');
    t.notMatch(sources, '/r/', 'nothing is left of where it was put together');
    t.match(places.length, new Set(places).size, 'nothing is mounted over');

    t.equal(await look('ls /proc/1/fd | tr "\\n" " "'), '0 1 2 ', "descriptors of the container's process");
    t.notMatch(await look('ls -l /proc/1/fd'), / -> \/(?!dev\/null|proc)/);
    t.equal(await look('ls /proc/self/fd | wc -l'), '4', "an exec's: its three and that of ls itself");
    const pids = (await look('ls /proc | grep "^[0-9]"')).split('\n').map(Number);
    t.ok(pids.length <= 6 && pids.every((pid) => pid < 100), `processes: ${pids}`);
    t.equal(
      await look('cat /proc/sys/kernel/random/boot_id > /dev/null; cat /proc/keys /proc/kcore | wc -c'),
      '0',
      'masked',
    );
    const panic = readFileSync(sysctl, 'utf8');
    t.not(
      (await peapod.run(['exec', 'web', '--', 'sh', '-c', `echo ${Number(panic) + 1} > ${sysctl}`])).status,
      0,
    );
    t.equal(readFileSync(sysctl, 'utf8'), panic, 'settings of the host');
    t.not((await peapod.run(['exec', 'web', '--', 'mkdir', '/sys/fs/cgroup/mine'])).status, 0, 'cgroups');
  });
});

const throughPause = [
  'ls /proc/1/root/',
  'ls /proc/1/cwd/',
  'readlink /proc/1/fd/0',
  'readlink /proc/1/exe',
  'cat /proc/1/environ',
  'cat /proc/1/maps',
  'head -c1 /proc/1/mem',
];

t.test(
  'nothing is reached through pause by a container with the default capabilities',
  { skip },
  async (t) => {
    await withPeapod(t, async (peapod) => {
      await peapod.apply(pod('web', [script(idle)], { shareProcessNamespace: true }));
      for (const attempt of throughPause) {
        const found = await peapod.run(['exec', 'web', '--', 'sh', '-c', `${attempt} 2>&1`]);
        t.match(found.stdout, /Permission denied|^$/, attempt);
        t.not(found.status, 0, attempt);
      }
      t.equal(
        await peapod.shell('web', 'grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/1/status | cut -f2 | sort -u'),
        '0000000000000000',
        'pause has no capabilities',
      );
      t.match(await peapod.run(['exec', 'web', '--', 'kill', '-9', '1']), { status: 0 });
      t.equal(await peapod.shell('web', 'cat /proc/1/comm'), 'pause', 'and cannot be killed from inside');
    });
  },
);
