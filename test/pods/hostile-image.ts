import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { idle, pod } from './fixtures/manifest.js';
import type { Peapod } from './fixtures/peapod.js';
import { treeOf } from './fixtures/tree.js';
import { skip, withPeapod } from './fixtures/with-peapod.js';

/** Places something of ours is mounted on or written to, in an image that makes them links out of itself. */
const places = ['proc', 'dev', 'sys', 'etc', 'volume', 'file'];

/** An image in which these places lead to the canary, by its path or by many steps up. */
function makeImage(directory: string, link: (place: string) => string): void {
  mkdirSync(join(directory, 'bin'), { recursive: true });
  for (const name of ['busybox', 'sh', 'sleep', 'true', 'ls', 'touch'])
    copyFileSync('/bin/busybox', join(directory, 'bin', name));
  for (const place of places) symlinkSync(link(place), join(directory, place));
}

t.test('an image whose directories are links out of it reaches nothing of the host', { skip }, async (t) => {
  await withPeapod(t, async (peapod) => {
    const canary = join(peapod.root, 'canary');
    for (const place of places) mkdirSync(join(canary, place), { recursive: true });
    writeFileSync(join(canary, 'etc/hosts'), 'of the host\n');
    const before = treeOf(canary);
    const up = '../'.repeat(30);
    const links = {
      absolute: (place: string) => join(canary, place),
      relative: (place: string) => `${up}${canary.slice(1)}/${place}`,
    };
    for (const [name, link] of Object.entries(links)) {
      const directory = join(peapod.root, `image-${name}`);
      makeImage(directory, link);
      await peapod.ok('import', directory, `hostile-${name}`);
      const outcome = await startHostile(peapod, name);
      t.comment(`${name} links: ${outcome}`);
      t.match(
        outcome,
        /^(Running|StartError|RunContainerError|CreateContainer\w*|Completed|CrashLoopBackOff)$/,
        name,
      );
      t.same(treeOf(canary), before, `${name}: the canary is untouched`);
      await peapod.ok('delete', name, '--force');
    }
  });
});

/** What became of a pod of the image that mounts and writes wherever it may. */
async function startHostile(peapod: Peapod, name: string): Promise<string> {
  const volumeMounts = [
    { name: 'own', mountPath: '/volume' },
    { name: 'own', mountPath: '/proc/1/own' },
    { name: 'own', mountPath: '/dev/own' },
    { name: 'own', mountPath: '/etc/own/deep' },
  ];
  const command = ['/bin/sh', '-c', `touch /volume/x /file/x /etc/x /dev/x; ${idle}`];
  const main = { name: 'main', image: `hostile-${name}`, command, volumeMounts };
  await peapod.apply(
    pod(name, [main], { volumes: [{ name: 'own', emptyDir: {} }], restartPolicy: 'Never' }),
    '--wait=PodScheduled',
  );
  await peapod.run(['wait', '--for=condition=Ready', name, '--timeout=3s']);
  const { status } = await peapod.get(name);
  const state = status?.containerStatuses?.[0]?.state;
  return state?.terminated?.reason ?? state?.waiting?.reason ?? status?.phase ?? '';
}
